//! What `std` would bring: memory, and the end of a panic. Its own would add 20 KB for messages that nobody sees.

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A panic is a defect of ours and ends the engine, as with `std` on this target.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
