// The script of the sign-in and sign-up pages. They are plain forms and do not need the WebAssembly
// program. The script replaces the page's body with the answer and keeps the typed text.
const page = document.body;
const isBusy = (form) => form.hasAttribute("aria-busy");

// The text in the fields, except values that the page itself set.
const typed = (root) => [...root.querySelectorAll("input[id]")].map(({ id, value }) => [id, value]);

const show = (html) => {
    const kept = typed(page), focused = document.activeElement?.id, isOpen = page.querySelector("details")?.open;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const name of ["lang", "data-theme"]) {
        const value = fresh.documentElement.getAttribute(name);
        if (value === null) document.documentElement.removeAttribute(name);
        else document.documentElement.setAttribute(name, value);
    }
    document.title = fresh.title;
    page.replaceChildren(...fresh.body.childNodes);
    for (const [id, value] of kept) {
        const field = document.getElementById(id);
        if (field) field.value = value;
    }
    const details = page.querySelector("details");
    if (details) details.open = isOpen;
    (page.querySelector("[aria-invalid=true]") ?? document.getElementById(focused))?.focus();
};

// Posts a form. After sign-in, follows the redirect.
const post = async (form) => {
    const button = form.querySelector("[data-busy]"), words = button?.textContent;
    form.setAttribute("aria-busy", "true");
    if (button) button.textContent = button.dataset.busy;
    try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
        const url = new URL(answer.url);
        if (url.pathname === location.pathname) show(await answer.text());
        else if (url.pathname === new URL(form.action).pathname) throw new Error(answer.statusText);
        else location.replace(url);
    } catch {
        form.removeAttribute("aria-busy");
        if (button) button.textContent = words;
        const alert = form.querySelector("[data-unreachable]");
        if (alert) alert.textContent = alert.dataset.unreachable;
    }
};

page.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isBusy(event.target)) post(event.target);
});
// Applies language and colours at once.
page.addEventListener("change", (event) => {
    if (event.target.matches("select")) event.target.form?.requestSubmit();
});
// A user who types is about to sign in, so the files of the next page are fetched ahead.
page.addEventListener("input", () => files.forEach((file) => fetch(file, { priority: "low" }).catch(() => {})), { once: true });
page.dataset.live = "true";
