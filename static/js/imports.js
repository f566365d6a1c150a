"use strict";

// A file dropped on <div data-drop> goes into the file field within.
document.querySelectorAll("[data-drop]").forEach((zone) => {
  const field = zone.querySelector("input[type=file]");
  const over = (event) => { event.preventDefault(); zone.classList.add("is-over"); };
  const away = () => zone.classList.remove("is-over");
  zone.addEventListener("dragenter", over);
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", away);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    away();
    if (!event.dataTransfer.files.length) return;
    const only = new DataTransfer();
    only.items.add(event.dataTransfer.files[0]);
    field.files = only.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
});
