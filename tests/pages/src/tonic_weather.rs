// What tonic's generator makes of the .proto file in tonic.md, in fewer words, for the examples there.
mod weather {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct City {
        #[prost(string, tag = "1")]
        pub name: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Forecast {
        #[prost(string, tag = "1")]
        pub text: String,
    }

    pub mod weather_server {
        use std::sync::Arc;
        use std::task::{Context, Poll};

        use tonic::codegen::{BoxFuture, Service, http};
        use tonic::server::{Grpc, NamedService};
        use tonic::{Request, Response, Status, body::Body};

        use super::{City, Forecast};

        #[tonic::async_trait]
        pub trait Weather: Send + Sync + 'static {
            async fn read(&self, request: Request<City>) -> Result<Response<Forecast>, Status>;
            async fn report(&self, request: Request<Forecast>) -> Result<Response<Forecast>, Status>;
        }

        pub struct WeatherServer<T>(Arc<T>);

        impl<T> Clone for WeatherServer<T> {
            fn clone(&self) -> Self {
                Self(Arc::clone(&self.0))
            }
        }

        impl<T> WeatherServer<T> {
            pub fn new(service: T) -> Self {
                Self(Arc::new(service))
            }
        }

        impl<T> NamedService for WeatherServer<T> {
            const NAME: &'static str = "weather.Weather";
        }

        impl<T: Weather> Service<http::Request<Body>> for WeatherServer<T> {
            type Response = http::Response<Body>;
            type Error = std::convert::Infallible;
            type Future = BoxFuture<Self::Response, Self::Error>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, call: http::Request<Body>) -> Self::Future {
                let service = Arc::clone(&self.0);
                let read = tower::service_fn(move |request| {
                    let service = Arc::clone(&service);
                    async move { service.read(request).await }
                });
                Box::pin(async { Ok(Grpc::new(tonic_prost::ProstCodec::default()).unary(read, call).await) })
            }
        }
    }

    pub mod weather_client {
        use tonic::codegen::http::uri::PathAndQuery;
        use tonic::transport::{Channel, Endpoint, Error};
        use tonic::{IntoRequest, Response, Status};

        use super::{City, Forecast};

        pub struct WeatherClient(tonic::client::Grpc<Channel>);

        impl WeatherClient {
            pub async fn connect(address: String) -> Result<Self, Error> {
                Ok(Self(tonic::client::Grpc::new(Endpoint::from_shared(address)?.connect().await?)))
            }

            pub async fn read(&mut self, request: impl IntoRequest<City>) -> Result<Response<Forecast>, Status> {
                self.0.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
                let path = PathAndQuery::from_static("/weather.Weather/Read");
                self.0.unary(request.into_request(), path, tonic_prost::ProstCodec::default()).await
            }
        }
    }
}
