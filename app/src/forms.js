// The script of the form pages. Their forms work without it. It posts a form in the background,
// replaces the page's body with the answer, and keeps what was typed.
const page = document.body;
const all = (root, selector) => [...root.querySelectorAll(selector)];

const stateOf = ({ value, checked }) => `${checked} ${value}`;
// The fields that the user changed. Of a posted form, those that changed after the post.
const typed = (root, posted = new Map()) =>
    all(root, "input[id], textarea[id]").filter((field) =>
        posted.has(field.id)
            ? posted.get(field.id) !== stateOf(field)
            : field.value !== field.defaultValue || field.checked !== field.defaultChecked,
    );

// Focuses the first of these elements that can have the focus.
const focusFirst = (ids) =>
    ids.some((id) => {
        const element = document.getElementById(id);
        element?.focus();
        return element && document.activeElement === element;
    });

// Shows the answer to a form. A form whose answer has a problem keeps its text, and so do all others.
const show = (html, form, posted) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const isWrong = fresh.querySelector("[aria-invalid=true], .problem-note:not(:empty)") !== null;
    const kept = typed(page, isWrong ? undefined : posted), focused = document.activeElement?.id;
    const open = all(page, "details[id][open]").filter((details) => isWrong || !details.contains(form) || details.matches(".menu"));
    const next = form.dataset.next?.split(" ") ?? [];
    for (const name of ["lang", "data-theme"]) {
        const value = fresh.documentElement.getAttribute(name);
        if (value === null) document.documentElement.removeAttribute(name);
        else document.documentElement.setAttribute(name, value);
    }
    document.title = fresh.title;
    page.replaceChildren(...fresh.body.childNodes);
    for (const { id, value, checked } of kept) {
        const field = document.getElementById(id);
        if (field) Object.assign(field, { value, checked });
    }
    for (const { id } of open) document.getElementById(id)?.setAttribute("open", "");
    if (kept.some(({ id }) => posted.has(id))) hideSaved();
    const wrong = page.querySelector("[aria-invalid=true]");
    if (wrong) wrong.focus();
    else focusFirst([focused, ...next]);
    announce();
};

// Screen readers announce only a change of a status.
const announce = () => {
    for (const status of all(page, "[role=status], [role=alert]")) {
        const text = status.textContent;
        if (!text.trim()) continue;
        status.textContent = "";
        setTimeout(() => (status.textContent = text), 100);
    }
};

const hideSaved = () => all(page, ".form-saved").forEach((saved) => (saved.textContent = ""));

// Posts a form. An answer that leads to another page is followed.
const post = async (form) => {
    const button = form.querySelector("[data-busy]"), words = button?.textContent, note = form.querySelector(".problem-note");
    const stop = (text) => {
        form.removeAttribute("aria-busy");
        if (button) button.textContent = words;
        button?.removeAttribute("aria-disabled");
        if (note && text) note.textContent = text;
    };
    form.setAttribute("aria-busy", "true");
    if (button) button.textContent = button.dataset.busy;
    // Not `disabled`, which would move the focus away.
    button?.setAttribute("aria-disabled", "true");
    const posted = new Map(all(form, "[id]").map((field) => [field.id, stateOf(field)]));
    try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
        const url = new URL(answer.url);
        if (url.pathname === location.pathname) {
            show(await answer.text(), form, posted);
            for (const name of ["saved", "__path", "__err"]) url.searchParams.delete(name);
            history.replaceState(null, "", url);
        } else if (url.pathname === new URL(form.action).pathname) throw new Error(answer.statusText);
        // The session has ended. The text stays on the page.
        else if (url.pathname === "/sign-in" && note) stop(note.dataset.ended);
        else location.replace(url);
    } catch {
        stop(note?.dataset.unreachable);
    }
};

page.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-leave")) return;
    event.preventDefault();
    if (!form.hasAttribute("aria-busy")) post(form);
});
// Applies language and colours at once.
page.addEventListener("change", (event) => {
    if (event.target.matches("select")) event.target.form?.requestSubmit();
});
// Shows how many characters are left, near the limit and beyond it. Screen readers announce it when
// the limit comes near and when it is passed, not at each letter.
page.addEventListener("input", ({ target }) => {
    hideSaved();
    const limit = Number(target.dataset.limit), note = document.getElementById(`${target.id}-note`);
    if (!limit || !note) return;
    const left = limit - [...target.value].length, status = note.nextElementSibling;
    const kind = left < 0 ? "over" : left < Math.min(500, limit / 5) ? "left" : "";
    note.textContent = (note.dataset[kind] ?? "").replace("#", Math.abs(left));
    if (status.dataset.kind !== kind) Object.assign(status, { textContent: note.textContent }).dataset.kind = kind;
});
page.addEventListener("click", ({ target }) => {
    const question = target.closest?.("[data-close]")?.closest("details");
    if (question) {
        question.removeAttribute("open");
        question.querySelector("summary").focus();
    }
    // Copies a day's hours to other days.
    const { copyDay, to } = target.closest?.("[data-copy-day]")?.dataset ?? {};
    if (!copyDay) return;
    const times = (day) => all(page, `[data-weekday="${day}"] input[type=time]`);
    for (const day of to.split(" ")) times(day).forEach((field, n) => (field.value = times(copyDay)[n]?.value ?? ""));
});
// A menu closes when the user turns to something else, and on Escape.
const menus = () => all(page, "details.menu[open]");
for (const type of ["pointerdown", "focusin"]) {
    page.addEventListener(type, ({ target }) => menus().forEach((menu) => menu.contains(target) || menu.removeAttribute("open")));
}
page.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const menu of menus()) {
        menu.removeAttribute("open");
        menu.querySelector("summary").focus();
    }
});
// Fetches a part of the page again, unless the user writes in it.
const refresh = async () => {
    const part = page.querySelector("[data-refresh]");
    if (!part || document.hidden || typed(part).length > 0) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    const fresh = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html").getElementById(part.id);
    if (!fresh || typed(part).length > 0 || part.innerHTML === fresh.innerHTML) return;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.replaceWith(fresh);
    document.getElementById(focused)?.focus();
};
setInterval(refresh, 60_000);
document.addEventListener("visibilitychange", refresh);
// A user who types is about to sign in, so the files of the next page are fetched ahead.
if (isStranger) {
    page.addEventListener("input", () => files.forEach((file) => fetch(file, { priority: "low" }).catch(() => {})), { once: true });
} else if (hasChats) {
    // The program notifies the user of new messages on this page too.
    requestAnimationFrame(() => setTimeout(async () => {
        const program = await import(files[0]);
        await program.default({ module_or_path: files[1] });
        program.assist();
    }));
}
announce();
page.dataset.live = "true";
