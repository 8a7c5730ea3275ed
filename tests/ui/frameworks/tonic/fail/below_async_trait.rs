use requires_auth::requires_auth;
use tonic::{Request, Status};

#[tonic::async_trait]
trait Weather {
    async fn read(&self, request: Request<()>) -> Result<(), Status>;
}

struct Service;

#[tonic::async_trait]
#[requires_auth(scope = "weather.read")]
impl Weather for Service {
    async fn read(&self, _: Request<()>) -> Result<(), Status> {
        Ok(())
    }
}

fn main() {
    let _ = Service.read(Request::new(()));
}
