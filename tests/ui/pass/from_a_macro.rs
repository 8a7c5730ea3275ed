use requires_auth::requires_auth;

macro_rules! handler {
    ($(#[$attr:meta])* $vis:vis $name:ident, $scope:literal, $role:expr, $check:path, $text:ty, $body:block) => {
        $(#[$attr])*
        #[requires_auth(scope = $scope, role = $role, check = $check)]
        $vis async fn $name(text: $text) -> $text $body
    };
}

macro_rules! guarded {
    ($($item:item)+) => {
        $(#[requires_auth(scope = "weather.read")] $item)+
    };
}

guarded! {
    pub(crate) async fn forecast() {}
    #[doc = "Not async."]
    fn history<T: Default + ?Sized>() -> T
    where
        T: Sized,
    {
        T::default()
    }
}

mod rules {
    pub(crate) fn open(_: &requires_auth::AccessToken) -> bool {
        true
    }
}

handler!(#[doc = "Reads."] pub(crate) read, "weather.read", "Forecaster", rules::open, String, { String::new() });
handler!(write, "weather.write", "Forecaster", crate::rules::open, String, { String::new() });

fn main() {
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(read).post(write).put(forecast));
    let _ = history::<u8>;
}
