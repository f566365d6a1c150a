"use strict";

// What is typed is kept here until the server has it: a lost connection or a session that is over loses no minutes.
const unsaved = (form) => `minutes-${form.dataset.draft}`;
const field = (form) => form.querySelector("textarea");
const versionOf = (form) => form.querySelector("[name=version]");

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-draft]");
  if (!form) return;
  const draft = { words: field(form).value, version: versionOf(form).value };
  try {
    localStorage.setItem(unsaved(form), JSON.stringify(draft));
  } catch { /* a browser that keeps nothing */ }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest("[data-draft]");
  if (form) form.dataset.sent = field(form).value;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("[data-draft]");
  const saved = event.detail.xhr.status === 200 && event.detail.xhr.responseText.includes('class="saved"');
  if (form && saved && form.dataset.sent === field(form).value) localStorage.removeItem(unsaved(form));
});

// With the version it was written over: whoever wrote meanwhile is not written over unread.
const restore = (form) => {
  let draft = null;
  try {
    draft = JSON.parse(localStorage.getItem(unsaved(form)));
  } catch { /* as above */ }
  if (!draft || draft.words === field(form).value) return;
  field(form).value = draft.words;
  versionOf(form).value = draft.version;
  const folded = form.closest("details");
  if (folded) folded.open = true;
  field(form).dispatchEvent(new Event("change", { bubbles: true }));
};
// After htmx, which waits for the same moment and has been there before.
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-draft]").forEach(restore));
