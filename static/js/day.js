"use strict";

// My day by keys alone. They act on the card that has the focus, and never while somebody types.
(() => {
  const KEPT = "tierbook.day.keys";
  const day = document.getElementById("day");
  const help = document.getElementById("day-help");
  const many = document.getElementById("many");
  const choice = help.querySelector("[data-day-keys]");
  const cards = () => [...day.querySelectorAll(".day-card")];
  const here = () => document.activeElement && document.activeElement.closest(".day-card");
  choice.checked = localStorage.getItem(KEPT) !== "off";
  choice.addEventListener("change", () => localStorage.setItem(KEPT, choice.checked ? "on" : "off"));
  document.querySelector("[data-day-help]").addEventListener("click", () => help.showModal());

  const press = (name) => {
    const card = here();
    const found = card && card.querySelector(`[data-key="${name}"]`);
    if (found) found.click();
    return Boolean(found);
  };
  const go = (step) => {
    const all = cards();
    const at = all.indexOf(here());
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
    if (!next) return false;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const tick = () => {
    const card = here();
    const box = card && card.querySelector("input[name=obligation]");
    if (box) box.click();
    return Boolean(box);
  };
  const toMany = () => {
    if (!many) return false;
    many.querySelector("button").focus();
    return true;
  };
  const showHelp = () => {
    help.showModal();
    return true;
  };
  const KEYS = {
    j: () => go(1),
    k: () => go(-1),
    l: () => press("complete"),
    s: () => press("snooze"),
    c: () => press("call"),
    o: () => press("open"),
    x: tick,
    b: toMany,
    "?": showHelp,
  };
  const types = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || help.open) return;
    // A form that was swapped in this moment has not got the focus yet.
    const lost = event.target === document.body && day.querySelector(".day-card form:has([data-key=cancel])");
    const form = lost || event.target.closest(".day-card form");
    if (form && event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (form && event.key === "Escape") {
      event.preventDefault();
      form.querySelector("[data-key=cancel]").click();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && choice.checked && !types(event.target)) {
      const isCard = event.key === "Enter" && event.target.matches(".day-card");
      const act = isCard ? KEYS.l : KEYS[event.key];
      if (act && act()) event.preventDefault();
    }
  });

  // A card that comes back, done or put away, takes the focus that its form had.
  document.addEventListener("htmx:afterSettle", (event) => {
    const card = event.target.closest && event.target.closest(".day-card");
    if (card && !card.querySelector("form [data-autofocus]")) card.focus({ preventScroll: true });
  });

  // How many are ticked, and all of a section at once.
  const count = () => {
    const shown = many && many.querySelector("[data-ticked]");
    const some = day.querySelectorAll("input[name=obligation]:checked").length;
    if (shown) shown.textContent = some || "";
  };
  document.addEventListener("change", (event) => {
    const section = event.target.dataset.tickIn;
    if (section) {
      document.getElementById(section).querySelectorAll("input[name=obligation]").forEach((box) => {
        box.checked = event.target.checked;
      });
    }
    count();
  });
  count();
})();
