"use strict";

// One click is enough: the button of a form that is on its way is disabled.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || button.name) return;
  setTimeout(() => { button.disabled = true; }, 0);
  window.addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
});

// What was answered so far is kept while the language is switched, in this tab alone.
const form = document.querySelector("form[data-keep]");
const key = `answers ${location.pathname}`;
try {
  if (form) {
    const kept = JSON.parse(sessionStorage.getItem(key) || "{}");
    for (const [name, value] of Object.entries(kept)) {
      const field = form.elements[name];
      if (field && !field.value) field.value = value;
    }
    form.addEventListener("input", () => {
      const said = Object.fromEntries([...new FormData(form)].filter(([name]) => name.startsWith("q")));
      sessionStorage.setItem(key, JSON.stringify(said));
    });
  } else {
    sessionStorage.removeItem(key);
  }
} catch {
  // a browser that keeps nothing
}
