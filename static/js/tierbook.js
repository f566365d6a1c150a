"use strict";

// Forms that submit themselves when a choice is made: <select data-submit-on-change>.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// "Select all" of a list: <input type="checkbox" data-select-all="name">.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.selectAll;
  if (!name) return;
  document.querySelectorAll(`input[name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
});

// Links to a field take the focus there: <a href="#talk" data-focus="id of the field">.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-focus]");
  const field = link && document.getElementById(link.dataset.focus);
  if (!field) return;
  event.preventDefault();
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
});

// One click is enough: the button of a form that is on its way is disabled.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.target.matches("[hx-post],[hx-get],[data-many],[data-download]")) return;
  setTimeout(() => { button.disabled = true; }, 0);
  window.addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
});

// A page of errors is swapped in too, so that a form that was refused keeps its input and says why.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([422, 409].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// Focus goes to what was swapped in, where it asks for it: <input data-autofocus>.
document.addEventListener("htmx:afterSettle", (event) => {
  const field = event.target.querySelector && event.target.querySelector("[data-autofocus]");
  if (field) field.focus();
});

// What htmx could not do is said, and what was typed stays where it is.
const notify = (what) => {
  const box = document.getElementById("notice");
  if (!box) return;
  box.textContent = box.dataset[what];
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
};
document.addEventListener("htmx:beforeRequest", () => {
  const box = document.getElementById("notice");
  if (box) box.hidden = true;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // Somebody whose session is over is sent to the log-in page: that page is no row of a list.
  if (!new URL(event.detail.xhr.responseURL, location.href).pathname.endsWith("/account/login/")) return;
  event.detail.shouldSwap = false;
  notify("signedOut");
});
document.addEventListener("htmx:responseError", (event) => {
  notify({ 403: "forbidden", 404: "missing", 503: "busy" }[event.detail.xhr.status] || "broken");
});
document.addEventListener("htmx:sendError", () => notify("offline"));

// "Copy": <button data-copy="id of the field" data-done="words when it is done">.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // without HTTPS there is no clipboard
  }
  const said = button.querySelector("[data-said]");
  if (said) said.textContent = button.dataset.done;
});

// "Print": <button data-print>.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
