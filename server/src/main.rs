use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match server::run(server::config::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            server::terminal::complain(&format!("ringkey: {failure}"));
            ExitCode::from(failure.status())
        }
    }
}
