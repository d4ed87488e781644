//! TLS to the database server. Its certificate is for "localhost" and is signed by the tests' own
//! authority.

use crate::support::postgres::Scratch;
use server::db::{DbPool, DbResult};

async fn connect(scratch: &Scratch, host: &str, query: &str) -> DbResult<bool> {
    #[derive(diesel::QueryableByName)]
    struct Encrypted {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        ssl: bool,
    }
    let pool = DbPool::postgres(&scratch.url_with(host, query)).await?;
    let server::db::DbConn::Postgres(mut conn) = pool.read().await? else { panic!("not PostgreSQL") };
    let query = diesel::sql_query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    let row: Encrypted = diesel_async::RunQueryDsl::get_result(query, &mut **conn).await?;
    Ok(row.ssl)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn tls_modes_accept_and_reject_as_documented() {
    let scratch = Scratch::with_schema();
    let authority = std::env::var("BEDSIDE_TEST_POSTGRES_CA").unwrap();
    let rooted = |mode: &str| format!("sslmode={mode}&sslrootcert={authority}");
    assert!(!connect(&scratch, "localhost", "sslmode=disable").await.unwrap());
    assert!(connect(&scratch, "localhost", "").await.unwrap(), "preferred unless said otherwise");
    assert!(connect(&scratch, "127.0.0.1", "sslmode=require").await.unwrap());
    assert!(connect(&scratch, "localhost", &rooted("verify-full")).await.unwrap());
    assert!(connect(&scratch, "127.0.0.1", &rooted("verify-ca")).await.unwrap(), "any name");
    for (host, query) in [
        ("127.0.0.1", rooted("verify-full")),
        ("localhost", "sslmode=verify-full".to_owned()),
        ("localhost", "sslmode=verify-ca".to_owned()),
    ] {
        assert!(connect(&scratch, host, &query).await.is_err(), "{host} {query}: a certificate that must not be taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: scripts/postgres.sh"]
async fn unreachable_database_is_named_without_the_password() {
    let scratch = Scratch::with_schema();
    let url = scratch.url().replace("bedside_test@", "nobody:s3cret@");
    let begun = std::time::Instant::now();
    let said = DbPool::postgres(&url).await.err().expect("no such role").to_string();
    assert!(begun.elapsed().as_secs() < 10, "no waiting for what will not change");
    assert!(said.contains("database") && !said.contains("s3cret"), "{said}");
}
