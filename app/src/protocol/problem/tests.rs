use super::ProblemCode;

#[test]
fn code_serializes_as_its_as_str_name() {
    for code in ProblemCode::ALL {
        assert_eq!(serde_json::to_value(code).ok(), Some(code.as_str().into()));
    }
}
