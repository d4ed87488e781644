//! Removes functions of the framework that never run here but that every view refers to, so that
//! the linker keeps them.

use anyhow::{Result, ensure};
use walrus::{FunctionKind, Module};

/// Parts of such functions' symbol names, each with its length as in the names:
/// - `hydrate_async` hydrates lazily loaded routes, of which this page has none;
/// - `hydrate_from_template` hydrates templates, which the `view!` macro does not make.
const NEVER_RUN: [&str; 2] = ["13hydrate_async", "21hydrate_from_template"];

/// Replaces the bodies of these functions with a trap. `wasm-opt` then removes whatever only they
/// used.
pub(crate) fn strip(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::from_buffer(wasm)?;
    for name in NEVER_RUN {
        let mut count = 0_usize;
        for function in module.funcs.iter_mut() {
            if let (Some(symbol), FunctionKind::Local(body)) = (&function.name, &mut function.kind)
                && symbol.contains(name)
            {
                body.builder_mut().func_body().instrs_mut().clear();
                body.builder_mut().func_body().unreachable();
                count += 1;
            }
        }
        // If the framework has renamed them, the page would silently become heavier.
        ensure!(count > 0, "no function is called {name}");
    }
    Ok(module.emit_wasm())
}
