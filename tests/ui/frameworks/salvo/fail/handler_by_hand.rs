use requires_auth::requires_auth;
use salvo::prelude::*;

struct Weather;

#[requires_auth(scope = "weather.read")]
#[async_trait]
impl Handler for Weather {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, _res: &mut Response, _ctrl: &mut FlowCtrl) {}
}

fn main() {
    let _ = Router::new().get(Weather);
}
