use requires_auth::requires_auth;
use tonic::{Response, Status};

type Call = tonic::Request<()>;

#[tonic::async_trait]
trait Weather {
    async fn read(&self, call: Call) -> Result<Response<()>, Status>;
}

struct Service;

#[requires_auth(scope = "weather.read")]
#[tonic::async_trait]
impl Weather for Service {
    async fn read(&self, _: Call) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }
}

fn main() {
    let _ = Service.read(Call::new(()));
}
