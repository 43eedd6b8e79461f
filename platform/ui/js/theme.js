// Light, dark, or like the system; remembered in a cookie, so that the server renders it at once.
import { all, on } from "./page.js";

on("submit", "form[data-theme-form]", (event, form) => {
  const theme = event.submitter?.value;
  if (!theme) return;
  event.preventDefault();
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  document.documentElement.dataset.theme = theme;
  all("button", form).forEach((button) => button.setAttribute("aria-pressed", button.value === theme));
});
