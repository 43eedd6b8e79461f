// Choosing one of more clients than a form holds: found by typing, kept when the form comes back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, signIn } from "./roles.mjs";
import { person, sees, signUp, startBrowser, startRapport } from "./lib.mjs";

let rapport, browser, ada, slug;
before(async () => {
  rapport = await startRapport({ RAPPORT_API_PER_MINUTE: "100000" });
  browser = await startBrowser();
  ({ page: ada } = await person(browser));
  slug = await signUp(ada, rapport.url);
});
after(async () => {
  await browser?.close();
  await rapport?.stop();
});

test("a client beyond the first five hundred is found by typing, and stays chosen when the form comes back", async () => {
  const headers = await signIn(rapport.url, "ada@northlight.example");
  const add = (company_name) => call(rapport.url, headers, "POST", "/api/clients", { company_name });
  for (let n = 0; n < 520; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => add(`Aardvark ${n + i}`)));
  await add("Zebra & Sons");

  await ada.goto(`${rapport.url}/app/${slug}/projects?dialog=new-project`);
  const dialog = ada.getByRole("dialog", { name: "New project" });
  assert.equal(await dialog.locator("option", { hasText: "Zebra" }).count(), 0, "the form does not hold all clients");
  // Whoever types fast has pressed Enter before the answer is there, and means what was typed.
  const box = dialog.getByRole("combobox", { name: "Client" });
  await box.fill("Zebra & Sons");
  await box.press("Enter");
  await ada.waitForFunction((input) => input.getAttribute("aria-expanded") === "false", await box.elementHandle());
  assert.equal(await box.inputValue(), "Zebra & Sons");
  await dialog.getByLabel("Name", { exact: true }).fill("   ");
  await dialog.getByRole("button", { name: "Open project" }).click();
  await sees(ada, "Give the project a name.");
  const again = ada.getByRole("dialog", { name: "New project" });
  assert.equal(await again.getByRole("combobox", { name: "Client" }).inputValue(), "Zebra & Sons");
  await again.getByLabel("Name", { exact: true }).fill("Stripes");
  await again.getByRole("button", { name: "Open project" }).click();
  await sees(ada, "Zebra & Sons");
  assert.match(new URL(ada.url()).pathname, /\/projects\/[0-9a-f-]{36}$/);
});
