// What people do in Rapport, step by step: the same with scripts and without.
// `base` is the address of a workspace: http://…/app/northlight-studio
import { choose, sees } from "./lib.mjs";

const dialog = (page, name) => page.getByRole("dialog", { name });

/** From the first steps to a client's page. */
export async function addClient(page, base, { company, contact, email }) {
  await page.goto(base);
  await page.getByRole("link", { name: "Add your first client" }).click();
  const form = dialog(page, "New client");
  await form.getByLabel("Company or person").fill(company);
  await form.getByLabel("Contact").fill(contact);
  await form.getByLabel("E-mail").fill(email);
  await form.getByRole("button", { name: "Add client" }).click();
  await page.getByRole("heading", { level: 1, name: company }).waitFor();
  return page.url();
}

/** A deal of a client, on the board. */
export async function addDeal(page, base, { title, client, value }) {
  await page.goto(`${base}/deals`);
  await page.getByRole("link", { name: "New deal" }).first().click();
  const form = dialog(page, "New deal");
  await form.getByLabel("Title").fill(title);
  await choose(form, "Client", client);
  await form.getByLabel("Value").fill(value);
  await form.getByRole("button", { name: "Add deal" }).click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** A deal's card on the board. */
export const card = (page, title) => page.locator(".bcard", { hasText: title });

/** A stage's cards. */
export const column = (page, stage) => page.getByRole("region", { name: stage, exact: true }).or(page.locator("section.column", { has: page.getByRole("heading", { name: stage }) }));

/** Moves a card by its menu. */
export async function moveTo(page, base, title, stage) {
  await page.goto(`${base}/deals`);
  await card(page, title).getByRole("link", { name: "Move to…" }).click();
  await dialog(page, `Move ${title} to`).or(page.locator("#board-menu")).getByRole("button", { name: stage, exact: true }).click();
  await column(page, stage).locator(".bcard", { hasText: title }).first().waitFor();
}

/** Opens a project from the list of projects: its address. */
export async function openProject(page, base, name) {
  await page.goto(`${base}/projects`);
  await page.locator("main").getByRole("link", { name }).first().click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
  return page.url();
}

/** Writes invitations. */
export async function invite(page, base, email) {
  await page.goto(`${base}/settings/team`);
  await page.getByRole("link", { name: "Invite people" }).click();
  const form = dialog(page, "Invite people");
  await form.getByLabel("E-mail addresses").fill(email);
  await form.getByRole("radio", { name: /member/i }).check();
  await form.getByRole("button", { name: "Send invitations" }).click();
  await sees(page.locator("main"), email);
}

/** Follows the link of an invitation. */
export async function join(page, link, { name }) {
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Choose a password").fill("quiet lemon river 7");
  await page.getByRole("button", { name: /^Join/ }).click();
  await page.waitForURL(/\/app\/[^/]+$/);
}

/** Puts a member on a project. */
export async function addToTeam(page, project, name) {
  await page.goto(`${project}/team`);
  await choose(page.locator("main"), "Member", name);
  await page.getByRole("button", { name: "Save team" }).click();
  await page.locator("main tr", { hasText: name }).first().waitFor();
}

/** A task of a project, given to somebody. */
export async function addTask(page, project, { title, assignee }) {
  await page.goto(`${project}/board`);
  await page.getByRole("link", { name: "Add task" }).first().click();
  const form = dialog(page, "New task");
  await form.getByLabel("Title").fill(title);
  await choose(form, "Assignee", assignee);
  await form.getByLabel("Visible to the client").check();
  await form.getByRole("button", { name: "Add task" }).click();
  await card(page, title).first().waitFor();
}

/** Starts the timer on a task. */
export async function startTimer(page, base, { task, words }) {
  await page.goto(`${base}/time/timer`);
  const form = page.locator("main form", { hasText: "Description" }).last();
  await choose(form, "Project or task", task);
  await form.getByLabel("Description").fill(words);
  await form.getByRole("button", { name: "Start timer" }).click();
  await page.locator("form[action$='/timer/stop']").first().waitFor({ state: "attached" });
  await page.goto(`${base}/time/timer`);
  await page.getByRole("button", { name: "Stop and log" }).waitFor();
}

/** Stops it. */
export async function stopTimer(page, base, words) {
  await page.goto(`${base}/time/timer`);
  await page.getByRole("button", { name: "Stop and log" }).click();
  await page.waitForURL(/\/time\/day/);
  await sees(page.locator("main"), words);
}

/** Time by hand, today. */
export async function logTime(page, base, { task, words, duration }) {
  await page.goto(`${base}/time/day`);
  await page.getByRole("link", { name: "Log time" }).first().click();
  const form = dialog(page, "Log time");
  await choose(form, "Project or task", task);
  await form.getByLabel("Description").fill(words);
  await form.getByLabel("Duration").fill(duration);
  await form.getByRole("button", { name: "Log time" }).click();
  await sees(page.locator("main table"), words);
}

/** A receipt that the client pays for. */
export async function claimExpense(page, base, { project, what, amount }) {
  await page.goto(`${base}/expenses/new`);
  const form = page.locator("main form");
  await choose(form, "Project", project);
  await form.getByLabel("What for").fill(what);
  await form.getByLabel("Amount").fill(amount);
  await form.getByLabel("The client pays for it").check();
  await form.getByRole("button", { name: "Submit" }).click();
  await sees(page.locator("main"), "Submitted");
}

/** Says yes to what somebody else spent. */
export async function approveExpense(page, base, what) {
  await page.goto(`${base}/expenses`);
  await page.locator("main").getByRole("link", { name: what }).first().click();
  await page.getByRole("button", { name: "Approve" }).click();
  await sees(page.locator("main"), "Approved");
}

/** Hands in this week. */
export async function submitWeek(page, base) {
  await page.goto(`${base}/time`);
  await page.getByRole("link", { name: "Submit week" }).click();
  await dialog(page, "Submit this week?").getByRole("button", { name: "Submit week" }).click();
  await sees(page.locator("main"), "This week is handed in");
}

/** Approves the week of somebody who waits. */
export async function approveWeek(page, base, name) {
  if (!page.url().endsWith("/time/approvals")) await page.goto(`${base}/time/approvals`);
  await page.locator("main tr", { hasText: name }).getByRole("button", { name: "Approve" }).click();
  await sees(page.locator("main"), "Nothing waits");
}

/** Marks a project's first milestone as reached. */
export async function reachMilestone(page, project) {
  await page.goto(`${project}/milestones`);
  const row = page.locator("main tbody tr").first();
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await row.getByRole("button", { name: "Mark as reached" }).click();
  await row.getByText("On an invoice").or(row.getByText(/^Reached/)).first().waitFor();
}

/** A deliverable with one version, sent to the client. */
export async function sendDeliverable(page, project, { title, file }) {
  await page.goto(`${project}/deliverables`);
  await page.getByRole("link", { name: /^(Add the first one|New deliverable)$/ }).first().click();
  const making = dialog(page, "New deliverable");
  await making.getByLabel("Title").fill(title);
  await making.getByRole("button", { name: "Add deliverable" }).click();
  await sees(page, title);
  await page.goto(`${project}/deliverables`);
  await page.locator("main").getByRole("link", { name: title }).click();
  await page.getByRole("link", { name: "New version" }).click();
  const version = dialog(page, "New version");
  await version.getByLabel("File", { exact: true }).setInputFiles(file);
  await version.getByLabel("Send to the client for approval").check();
  await version.getByRole("button", { name: "Add version" }).click();
  await sees(page.locator("main"), "Version 1");
  await sees(page.locator("main"), file.name);
  return page.url().split("?")[0];
}

/** A portal for a client, and a link into it by mail. */
export async function sharePortal(page, base, { client, contact }) {
  await page.goto(`${base}/portals`);
  await page.getByRole("link", { name: /^(New portal|Open a portal)$/ }).first().click();
  const making = dialog(page, "New portal");
  await choose(making, "Client", client);
  await making.getByRole("button", { name: "Open portal" }).click();
  await page.getByRole("link", { name: "Share", exact: true }).click();
  const sharing = dialog(page, "Share this portal");
  await choose(sharing, "For whom", contact);
  await sharing.getByRole("button", { name: "Make link" }).click();
  await sees(page.locator("main"), `Link for ${contact}`);
  return page.url().split("?")[0].replace(/\/links$/, "");
}

/** Comes in by a link. */
export async function enterPortal(page, link) {
  await page.goto(link);
  await page.getByRole("button", { name: "Open the portal" }).click();
  await page.waitForURL(/\/portal\/[^/]+$/);
  return page.url();
}

/** Approves what waits. */
export async function approveDeliverable(page, portal, title) {
  await page.goto(portal);
  await page.getByRole("link", { name: `Approve ${title}` }).click();
  await page.getByRole("link", { name: "Approve", exact: true }).click();
  await dialog(page, `Approve ${title}?`).getByRole("button", { name: "Approve" }).click();
  await sees(page.locator("main"), "Receipt");
}

/** Writes to the team. */
export async function writeMessage(page, portal, words) {
  await page.goto(`${portal}/messages`);
  await page.getByLabel("Your message").fill(words);
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".message", { hasText: words }).waitFor();
}

/** What is charged, and where money goes. */
export async function setUpMoney(page, base, { rate, bank }) {
  await page.goto(`${base}/settings/money`);
  await page.getByLabel("Hourly rate").fill(rate);
  await page.getByLabel("Bank details").fill(bank);
  await page.getByRole("button", { name: "Save" }).click();
  await sees(page, /saved/i);
}

/** A draft from everything that can be billed to a client. */
export async function draftInvoice(page, base, client) {
  await page.goto(`${base}/invoices`);
  await page.getByRole("link", { name: "New invoice" }).first().click();
  await page.getByRole("heading", { level: 1, name: "New invoice" }).waitFor();
  await choose(page.locator("main"), "Client", client);
  const show = page.getByRole("button", { name: "Show what can be billed" });
  if (await show.isVisible()) await show.click();
  await sees(page.locator("main"), "Ready to be billed");
  await page.getByRole("button", { name: "Draft the invoice" }).click();
  await page.getByRole("link", { name: "Send", exact: true }).waitFor();
  return page.url().split("?")[0];
}

/** Sends it; it gets its number. */
export async function sendInvoice(page, invoice) {
  await page.goto(invoice);
  await page.getByRole("link", { name: "Send", exact: true }).click();
  await dialog(page, /send/i).getByRole("button", { name: "Send" }).click();
  await page.locator(".page-subtitle").getByText("Sent", { exact: true }).waitFor();
  return page.getByRole("heading", { level: 1 }).innerText();
}

/** All of it came in. */
export async function recordPayment(page, invoice) {
  await page.goto(invoice);
  await page.getByRole("link", { name: "Record payment" }).click();
  await dialog(page, "Record payment").getByRole("button", { name: "Record payment" }).click();
  await page.locator(".page-subtitle").getByText("Paid").waitFor();
}

/** Pulls at a card with the mouse and lets go over a column. */
export async function pull(page, title, stage) {
  const from = await card(page, title).boundingBox();
  const to = await column(page, stage).locator("[data-stage]").boundingBox();
  await page.mouse.move(from.x + 40, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(to.x + 60, to.y + 20, { steps: 12 });
  await page.mouse.move(to.x + 60, to.y + 26, { steps: 4 });
  await page.waitForTimeout(200);
  await page.mouse.up();
}

/** Drags a card into a column with the mouse. */
export async function drag(page, base, title, stage) {
  await page.goto(`${base}/deals`);
  await pull(page, title, stage);
  await column(page, stage).locator(".bcard", { hasText: title }).first().waitFor();
}

/** Erases the last person of the list, at their own wish. */
export async function erasePerson(page, base) {
  await page.goto(`${base}/contacts`);
  await page.locator("main .row-link").last().click();
  await page.locator("main a[href*='/contacts/'][href$='/edit']").last().click();
  await page.getByRole("link", { name: "Personal data" }).click();
  await page.getByRole("radio").first().check();
  const [, name] = /“(.+)”/.exec(await page.locator("label", { hasText: "to confirm" }).innerText());
  await page.getByLabel("to confirm").fill(name);
  await page.getByRole("button", { name: "Erase" }).click();
  await page.waitForURL(/\/erasures\/[^/]+$/);
}
