use axum::{http::header, routing::get, Router};

#[tokio::main]
async fn main() {
    let hello = get(|| async { ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], "{\"message\":\"hello\",\"id\":42}") });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:18080").await.unwrap();
    axum::serve(listener, Router::new().route("/hello", hello)).await.unwrap();
}
