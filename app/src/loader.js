// Fetches the program after the first paint, so that it does not delay what can be read and used
// without it. A hidden tab paints nothing and fetches soon. Then the program hydrates the page: in
// pieces if WebAssembly can wait in the middle of a call (JSPI), see takeover.rs.
const canWait = "Suspending" in WebAssembly && "promising" in WebAssembly;

// Called by takeover.rs. `scheduler.yield` only lets input and drawing go first; a timer also waits
// 4 ms.
globalThis.bedsideTurn = () => globalThis.scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
// Where WebAssembly can't wait, it continues at once.
globalThis.bedsideGiveWay = () => {};

// Makes `bedsideGiveWay` call `bedsideTurn` from WebAssembly and wait for it.
const letWait = ({ instantiateStreaming }) => {
    WebAssembly.instantiateStreaming = (source, imports) => {
        const turn = new WebAssembly.Suspending(bedsideTurn);
        for (const names of Object.values(imports)) {
            for (const name of Object.keys(names)) {
                if (name.includes("bedsideGiveWay")) names[name] = turn;
            }
        }
        return instantiateStreaming.call(WebAssembly, source, imports);
    };
    return () => {
        WebAssembly.instantiateStreaming = instantiateStreaming;
    };
};

const load = async () => {
    const restore = canWait ? letWait(WebAssembly) : () => {};
    try {
        const module = await import(js);
        const exports = await module.default({ module_or_path: wasm });
        // The program has taken a while to start, so hydration begins in a new task.
        await bedsideTurn();
        return canWait ? WebAssembly.promising(exports.hydrate) : module.hydrate;
    } finally {
        restore();
    }
};

// A page that is being hydrated behaves as before: the program's listeners get no events until the
// end.
const EVENTS =
    "beforeinput beforeunload blur cancel change click close compositionend compositionstart copy cut dblclick focus focusin focusout " +
    "hashchange input keydown keyup offline online pagehide pageshow paste pointercancel pointerdown pointermove pointerup popstate " +
    "scroll storage submit toggle visibilitychange";

const takeOver = async (hydrate) => {
    const keep = (event) => event.stopImmediatePropagation();
    const each = (act) => EVENTS.split(" ").forEach((type) => act(type, keep, true));
    each(addEventListener);
    try {
        await hydrate();
    } finally {
        each(removeEventListener);
    }
};

let isBegun = false;
const begin = () => {
    if (isBegun) return;
    isBegun = true;
    load().then(takeOver, () => {
        isBegun = false;
        setTimeout(begin, 3000);
    });
};
requestAnimationFrame(() => setTimeout(begin));
setTimeout(begin, 1000);
