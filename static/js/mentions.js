"use strict";

// "@" in a note offers the colleagues who see the customer: <div class="mention-box" data-people="address" data-label="words">
// around a <textarea data-mentions>. Without this the name is typed in full.
(() => {
  const WORD = /(?:^|[^A-Za-z0-9_])@([^\s@]{0,30})$/;
  let asked = 0;

  const listOf = (box, field) => {
    let list = box.querySelector("[role=listbox]");
    if (!list) {
      list = document.createElement("ul");
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", box.dataset.label);
      list.className = "list-group mention-list";
      list.id = `${field.id}-people`;
      list.hidden = true;
      field.setAttribute("aria-autocomplete", "list");
      field.setAttribute("aria-controls", list.id);
      field.insertAdjacentElement("afterend", list);
    }
    return list;
  };

  const close = (field, list) => {
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  };

  const mark = (field, list, at) => {
    [...list.children].forEach((item, n) => {
      item.setAttribute("aria-selected", String(n === at));
      item.classList.toggle("active", n === at);
      if (n === at) field.setAttribute("aria-activedescendant", item.id);
    });
  };

  const take = (field, list, handle) => {
    const before = field.value.slice(0, field.selectionStart).replace(/@[^\s@]*$/, `@${handle} `);
    const after = field.value.slice(field.selectionStart);
    field.value = before + after;
    field.setSelectionRange(before.length, before.length);
    close(field, list);
    field.focus();
  };

  document.addEventListener("input", async (event) => {
    const field = event.target.closest("[data-mentions]");
    const box = field && field.closest("[data-people]");
    if (!box) return;
    const list = listOf(box, field);
    const found = WORD.exec(field.value.slice(0, field.selectionStart));
    if (!found) return close(field, list);
    const number = ++asked;
    const answer = await fetch(`${box.dataset.people}?q=${encodeURIComponent(found[1])}`, { credentials: "same-origin" });
    if (!answer.ok || number !== asked) return;
    const { people } = await answer.json();
    if (number !== asked) return;
    list.replaceChildren(...people.map((person, n) => {
      const item = document.createElement("li");
      item.className = "list-group-item list-group-item-action";
      item.id = `${list.id}-${n}`;
      item.setAttribute("role", "option");
      item.dataset.handle = person.handle;
      item.textContent = `${person.name} · ${person.role}`;
      return item;
    }));
    list.hidden = !people.length;
    if (people.length) mark(field, list, 0);
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest && event.target.closest("[data-mentions]");
    const list = field && document.getElementById(`${field.id}-people`);
    if (!list || list.hidden) return;
    const items = [...list.children];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      mark(field, list, (at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length);
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(field, list, items[at].dataset.handle);
    } else if (event.key === "Escape") {
      close(field, list);
    } else {
      return;
    }
    event.preventDefault();
  });

  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest(".mention-list [role=option]");
    if (!item) return;
    event.preventDefault();
    const list = item.parentElement;
    take(list.closest("[data-people]").querySelector("[data-mentions]"), list, item.dataset.handle);
  });

  document.addEventListener("focusout", (event) => {
    const field = event.target.closest && event.target.closest("[data-mentions]");
    const list = field && document.getElementById(`${field.id}-people`);
    if (list) close(field, list);
  });
})();
