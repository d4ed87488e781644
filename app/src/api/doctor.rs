//! The directory.

use super::DoctorQuery;
use crate::protocol::{DoctorPage, Problem};
use leptos::prelude::*;

/// A page of the directory.
#[server(prefix = "/fn", endpoint = "doctor/list", input = server_fn::codec::Json)]
pub async fn list_doctors(query: DoctorQuery) -> Result<DoctorPage, Problem> {
    super::backend()?.list_doctors(query).await.map_err(super::response::respond)
}

/// The specialties to choose from.
#[server(prefix = "/fn", endpoint = "doctor/specialties", input = server_fn::codec::Json)]
pub async fn list_specialties() -> Result<Vec<String>, Problem> {
    super::backend()?.list_specialties().await.map_err(super::response::respond)
}
