// A row of tabs wider than the screen shows the open one.
import { enhance } from "./boost.js";
import { all } from "./page.js";

enhance(() => all(":is(.tabs, .portal-nav) > [aria-current]").forEach((tab) => {
  const [row, box] = [tab.parentElement, tab.getBoundingClientRect()];
  const middle = box.left + box.width / 2 - row.getBoundingClientRect().left;
  row.scrollLeft += middle - row.clientWidth / 2;
}));
