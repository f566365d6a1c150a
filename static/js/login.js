"use strict";

// The people of the demo: choosing one fills in the form, and the button to log in is next.
document.addEventListener("click", (event) => {
  const person = event.target.closest("[data-username]");
  if (!person) return;
  document.getElementById("id_username").value = person.dataset.username;
  document.getElementById("id_password").value = person.dataset.password;
  document.querySelectorAll("[data-username]").forEach((other) => {
    other.setAttribute("aria-pressed", String(other === person));
  });
  document.getElementById("login-button").focus();
});
