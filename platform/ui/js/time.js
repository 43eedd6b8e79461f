// Clocks that tick and times that stay true.
import { enhance } from "./boost.js";
import { all } from "./page.js";

const two = (n) => String(n).padStart(2, "0");
const tick = () => all("[data-timer]").forEach((clock) => {
  const since = clock.dataset.timer ? (Date.now() - Date.parse(clock.dataset.timer)) / 1000 : 0;
  const seconds = Math.max(0, Math.floor(Number(clock.dataset.before) + since));
  clock.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
});

const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "short" });
const freshen = () => all("time[data-ago]").forEach((time) => {
  const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
  if (seconds < 60 || seconds > 84600) return;
  const text = seconds < 3570
    ? relative.format(-Math.round(seconds / 60), "minute")
    : relative.format(-Math.round(seconds / 3600), "hour");
  time.textContent = text.replace(/\. /, " ");
});

// A form that asks where somebody is learns it from the clock.
enhance(() => all("input[data-timezone]").forEach((input) => {
  input.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
}));

setInterval(() => { if (!document.hidden) tick(); }, 1000);
setInterval(freshen, 30000);
enhance(tick);
