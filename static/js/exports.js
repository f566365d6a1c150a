"use strict";

// The order of the columns is the order of their rows: <ol data-sortable> with <button data-move="-1"> in each.
document.querySelectorAll("[data-sortable]").forEach((list) => {
  list.querySelectorAll("[data-move]").forEach((button) => { button.hidden = false; });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.move === "-1") {
      if (row.previousElementSibling) row.previousElementSibling.before(row);
    } else if (row.nextElementSibling) row.nextElementSibling.after(row);
    button.focus();
  });
});
