use requires_auth::requires_auth;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
trait Weather {
    async fn read(&self, request: Request<()>) -> Result<Response<()>, Status>;
}

struct Service;

#[requires_auth(scope = "weather.read")]
#[tonic::async_trait]
impl Weather for Service {
    async fn read(&self, _: Request<()>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }
}

fn main() {
    let _ = Service;
}
