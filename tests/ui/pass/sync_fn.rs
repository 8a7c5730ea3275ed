use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
fn weather(city: String) -> Result<String, std::num::ParseIntError> {
    let degrees: i8 = city.parse()?;
    if degrees > 40 {
        return Ok("hot".to_owned());
    }
    Ok(degrees.to_string())
}

fn main() {
    let _ = weather;
}
