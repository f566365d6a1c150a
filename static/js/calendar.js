"use strict";

// The week: a promise is dragged to another day, or moved with its button. Either way a box asks why.
const box = document.getElementById("move");
let dragged = null;
let opener = "";

const ask = (entry, to) => {
  opener = entry.id;
  htmx.ajax("GET", `${entry.dataset.move}?to=${to}`, { target: "#move-box" });
};

const over = (event) => (dragged ? event.target.closest("[data-day]") : null);
const unmark = () => document.querySelectorAll(".week-over").forEach((day) => { day.classList.remove("week-over"); });

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest && event.target.closest("[data-move]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
});
document.addEventListener("dragover", (event) => {
  const day = over(event);
  unmark();
  if (!day || day.dataset.day === dragged.dataset.due) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  day.classList.add("week-over");
});
document.addEventListener("drop", (event) => {
  const day = over(event);
  if (!day) return;
  event.preventDefault();
  ask(dragged, day.dataset.day);
});
document.addEventListener("dragend", () => {
  dragged = null;
  unmark();
});

document.addEventListener("click", (event) => {
  const entry = event.target.closest(".entry");
  if (entry) opener = entry.id;
  if (event.target.closest("#move [data-close]")) {
    event.preventDefault();
    box.close();
  }
});

// What was asked for has come: show it. After a move the week is there anew, and the promise on its new day.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "move-box" && event.target.firstElementChild && !box.open) box.showModal();
});
document.addEventListener("moved", (event) => {
  box.close();
  opener = event.detail.entry;
  const said = document.createElement("div");
  said.className = "alert alert-success";
  said.setAttribute("role", "status");
  said.textContent = event.detail.said;
  document.getElementById("messages").replaceChildren(said);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "week" || event.detail.elt.id === "week") back();
});
box.addEventListener("close", () => {
  document.getElementById("move-box").replaceChildren();
  back();
});
const back = () => {
  const entry = document.getElementById(opener);
  if (entry) entry.focus();
};
