"use strict";

// Weights of a draft: the sum of each group is shown while one types, and a button offers to make the others fit.
(() => {
  const number = (field) => (/^\d+$/.test(field.value.trim()) ? Number(field.value) : 0);
  const fields = (form, group) => [...form.querySelectorAll(`[data-weight-of="${group}"]`)];

  const show = (form, box) => {
    const group = box.dataset.sumOf;
    const sum = fields(form, group).reduce((total, field) => total + number(field), 0);
    const fits = sum === 100;
    box.querySelector("output").textContent = String(sum);
    box.querySelector("[data-level]").hidden = fits;
    const verdict = box.querySelector(".draft-verdict");
    verdict.classList.toggle("up", fits);
    verdict.classList.toggle("down", !fits);
    const words = verdict.querySelector("[data-words]");
    
    if (fits) words.textContent = box.dataset.fits;
    else words.textContent = (sum < 100 ? box.dataset.few : box.dataset.many).replace("{n}", String(Math.abs(100 - sum)));
    const use = verdict.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, fits ? "#icon-circle-check" : "#icon-alert-triangle"));
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-draft]");
    if (!form) return;
    const showAll = () => {
      form.querySelectorAll("[data-sum-of]").forEach((box) => show(form, box));
      form.querySelectorAll("[data-bar]").forEach((bar) => { bar.value = number(form.elements[bar.dataset.bar]); });
    };
    form.addEventListener("input", showAll);
    showAll();
    // What was typed and not saved is not lost by a careless click.
    let typed = false;
    form.addEventListener("input", () => { typed = true; });
    form.addEventListener("submit", () => { typed = false; });
    window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
  });
})();
