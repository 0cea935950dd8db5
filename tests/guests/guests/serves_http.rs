//! serves_http: answers every request with `Hello`, by WASI's own HTTP and with nothing of this
//! host: what serves WASI's HTTP elsewhere runs the same component.

use goatkit_plugin::registration::Access;
use goatkit_test_guests::{VERSION, plugin};
use wasip2::exports::http::incoming_handler;
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

goatkit_test_guests::registers!({
    let mut plugin = plugin("serves_http", VERSION, Vec::new());
    plugin.mount = Some(Access::Public);
    Ok(plugin)
});

wasip2::http::proxy::export!(Guest);

impl incoming_handler::Guest for Guest {
    fn handle(_: IncomingRequest, out: ResponseOutparam) {
        let headers = Fields::new();
        headers.append("content-type", b"text/plain").unwrap();
        let response = OutgoingResponse::new(headers);
        let outgoing = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let write = outgoing.write().unwrap();
        write.blocking_write_and_flush(b"Hello").unwrap();
        drop(write);
        OutgoingBody::finish(outgoing, None).unwrap();
    }
}
