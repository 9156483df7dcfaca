//! Taking the indexes of accounts and of their search texts away for a large load and making them anew after it.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::failure::Failure;

/// Drops the indexes that no constraint needs; gives the statements that make them again. The migrations stay the only
/// place that says which there are.
pub async fn drop(connection: &mut PgConnection) -> Result<Vec<String>, Failure> {
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT quote_ident(relname), pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         WHERE indrelid IN ('accounts'::regclass, 'account_search'::regclass) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (name, _) in &indexes {
        sqlx::query(AssertSqlSafe(format!("DROP INDEX {name}"))).execute(&mut *connection).await?;
    }
    Ok(indexes.into_iter().map(|(_, definition)| definition).collect())
}

/// Makes the indexes that were dropped.
pub async fn create(connection: &mut PgConnection, definitions: Vec<String>) -> Result<(), Failure> {
    sqlx::query("SET LOCAL maintenance_work_mem = '512MB'").execute(&mut *connection).await?;
    for definition in definitions {
        tracing::info!("making an index anew");
        sqlx::query(AssertSqlSafe(definition)).execute(&mut *connection).await?;
    }
    Ok(())
}
