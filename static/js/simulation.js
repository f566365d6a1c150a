"use strict";

// Trying weights: a slider beside each number, sums shown while one types, and the other weights of a group that give
// way so that the sum stays 100. Whatever is typed is checked again by the server.
(() => {
  const form = document.getElementById("trial");
  if (!form) return;
  const balance = form.querySelector("[data-balanced]");
  form.querySelector("[data-balance]").hidden = false;

  const sliderOf = (field) => form.querySelector(`[data-slides="${field.id}"]`);
  const fieldsOf = (group) => [...group.querySelectorAll("input[name]")];
  const valueOf = (field) => Number.parseInt(field.value, 10) || 0;

  form.querySelectorAll("[data-slides]").forEach((slider) => {
    slider.hidden = document.getElementById(slider.dataset.slides).readOnly;
  });

  // The others share what is left in proportion to what they had, by largest remainder.
  const giveWay = (field, others) => {
    const left = 100 - Math.min(100, Math.max(0, valueOf(field)));
    const sum = others.reduce((all, other) => all + valueOf(other), 0);
    const shares = others.map((other) => (sum ? (left * valueOf(other)) / sum : left / others.length));
    const wholes = shares.map(Math.floor);
    const order = shares.map((share, n) => n).sort((a, b) => (shares[b] % 1) - (shares[a] % 1) || a - b);
    const lacking = left - wholes.reduce((all, share) => all + share, 0);
    order.slice(0, lacking).forEach((n) => { wholes[n] += 1; });
    others.forEach((other, n) => { other.value = wholes[n]; sliderOf(other).value = wholes[n]; });
  };

  const showSum = (group) => {
    const sum = fieldsOf(group).reduce((all, field) => all + valueOf(field), 0);
    const shown = form.querySelector(`[data-sum-of="${group.dataset.sums}"]`);
    shown.textContent = sum;
    shown.classList.toggle("text-danger", sum !== 100);
  };

  form.addEventListener("input", (event) => {
    const slider = event.target.closest("[data-slides]");
    const field = slider ? document.getElementById(slider.dataset.slides) : event.target;
    if (slider) field.value = slider.value;
    else if (field.name && sliderOf(field)) sliderOf(field).value = field.value;
    const group = field.closest("[data-sums]");
    if (!group) return;
    const others = fieldsOf(group).filter((other) => other !== field);
    if (balance.checked && others.length && field.value !== "") giveWay(field, others);
    showSum(group);
  });
})();
