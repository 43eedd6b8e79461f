// Puts texts into every text field of every writing route, of the API and of the forms of pages.
import { addresses, payloads } from "./payloads.mjs";

/** Routes that take things away, or the caller's own way in. */
const notTaken = /\/(auth|erasure|transfer|sessions|api-keys|webhooks|me\/password|make-owner|links|stream)\b|void$|\/timesheets\/lock$|refund$/;

const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

const plain = {
  currency: "EUR", country: "GB", timezone: "UTC", locale: "en-GB", language: "en", hours: "1", duration: "1", week: "2026-11-09", permissions: "clients.read",
};

/** Makes up requests from the API's description and sends them with each payload. How many were taken, by route. */
export async function plantByApi(url, people, ids, texts = payloads) {
  const document = await fetch(`${url}/api/openapi.json`).then((answer) => answer.json());
  const resolved = (schema) => (schema?.$ref ? resolved(document.components.schemas[schema.$ref.split("/").pop()]) : schema);
  const idsOf = (name) => {
    const word = { assigned_to: "member", owner_id: "member", owner: "member", member_ids: "member" }[name] ?? name.replace(/_ids?$/, "");
    return ids[word] ?? ids[`${word}s`] ?? ids[word === "member" ? "members" : word];
  };
  const takenBy = new Map();
  const fieldsTaken = new Set();
  const refusals = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const content = operation.requestBody?.content;
      if (!content || notTaken.test(path)) continue;
      const label = `${method.toUpperCase()} ${path}`;
      const multipart = Boolean(content["multipart/form-data"]);
      const schema = resolved(Object.values(content)[0].schema);
      const guest = path.startsWith("/api/portal/");
      const headers = guest ? people.guest.headers : people.owner.headers;
      // Fields that were refused with a payload are given a plain word from then on.
      const tame = new Set();
      takenBy.set(label, 0);
      for (let turn = 0; turn < texts.length; turn++) {
        const payload = texts[turn];
        const planted = [];
        let bare = false;
        const value = (schema, name, where) => {
          const whole = resolved(schema) ?? {};
          const some = (whole.oneOf ?? whole.anyOf)?.find((one) => one.type !== "null");
          if (some) return value(some, name, where);
          if (whole.enum) return whole.enum[turn % whole.enum.length];
          const type = [whole.type].flat().find((one) => one !== "null") ?? "object";
          if (type === "integer" || type === "number") return /_seconds$/.test(name) ? 3600 : /_cents$/.test(name) ? 1000 : /percent|probability|days|weight/.test(name) ? 10 : 1;
          if (type === "boolean") return !/archiv|delet|disab|paus|requir|clos|revok|lock|single/.test(name);
          if (type === "array") return [value(whole.items, name, where)];
          if (type === "object") {
            return Object.fromEntries(Object.entries(whole.properties ?? {}).flatMap(([inner, schema]) => {
              if (bare && /_ids?$/.test(inner) && !whole.required?.includes(inner)) return [];
              const at = where ? `${where}.${inner}` : inner;
              if (method === "patch" && /^(role|status|email|slug)$/.test(inner)) return [];
              if (tame.has(`no ${at}`) && !whole.required?.includes(inner)) return [];
              const made = value(schema, inner, at);
              return made === undefined ? [] : [[inner, made]];
            }));
          }
          if (whole.format === "uuid" || /_ids?$|^assigned_to$/.test(name)) {
            const fit = idsOf(name);
            return fit ? fit[turn % fit.length] : undefined;
          }
          if (whole.format === "date") return "2026-11-19";
          if (whole.format === "date-time") return "2026-12-19T09:00:00Z";
          if (whole.format === "binary") return undefined;
          if (tame.has(where)) {
            const code = (schema.description ?? "").split("`")[1]?.split(/[\s`]/)[0];
            if (plain[name]) return plain[name];
            if (/email/.test(name) || name === "to") return `planted${turn}@client.example`;
            if (/url|website/.test(name)) return addresses[turn % 2 ? 1 : 2];
            if (/percent|quantity|amount|price|rate/.test(name)) return "10";
            if (/date|_on$|^from$|^until$/.test(name)) return "2026-11-19";
            if (/color/.test(name)) return "#112233";
            if (/phone/.test(name)) return "+44 20 7183 8750";
            return code && /^[a-z_.]+$/.test(code) ? code : "Amsel";
          }
          planted.push(where);
          if (/url|website/.test(name)) return addresses[turn % addresses.length];
          return payload;
        };
        for (let tries = 0; tries < 6; tries++) {
          planted.length = 0;
          // What is named beside may not belong together.
          bare = tries > 2;
          const body = value(schema, "", "");
          const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => {
            const fit = idsOf(name === "id" ? path.split("/{id}")[0].split("/").pop() : name) ?? [];
            return fit[(turn + tries) % Math.max(1, fit.length)] ?? "00000000-0000-7000-8000-000000000000";
          });
          const answer = await fetch(url + address, { method: method.toUpperCase(), headers: multipart ? headers : { ...headers, "content-type": "application/json" }, body: multipart ? form(body, schema, payload) : JSON.stringify(body) });
          const told = await answer.text();
          if (answer.ok) {
            takenBy.set(label, takenBy.get(label) + 1);
            planted.forEach((field) => fieldsTaken.add(`${label} ${field}`));
            const { id } = told.startsWith("{") ? JSON.parse(told) : {};
            if (id && method === "post" && !path.includes("{")) (ids[path.split("/").pop()] ??= []).unshift(id);
            break;
          }
          refusals.set(label, `${answer.status} ${told.slice(0, 300)}`);
          if (answer.status !== 422 && answer.status !== 400) continue;
          const problem = JSON.parse(told);
          const refused = (problem.errors ?? []).map(({ field }) => field.replaceAll(/[.[](\d+)\]?/g, ""));
          const before = tame.size;
          for (const field of refused) tame.add(tame.has(field) ? `no ${field}` : field);
          if (tame.size === before || !refused.length) { if (tries > 1) break; for (const field of [...planted]) tame.add(field); }
        }
      }
    }
  }
  return { takenBy, fieldsTaken, refusals };
}

function form(body, schema, payload) {
  const data = new FormData();
  for (const [name, value] of Object.entries(body)) data.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  const file = Object.keys(schema.properties ?? {}).find((name) => /file|receipt/.test(name)) ?? "file";
  data.delete(file);
  const name = payload.replaceAll(/[\r\n/\\]/g, " ").slice(0, 120);
  data.append(file, file === "receipt" ? new File([picture], `${name}.png`, { type: "image/png" }) : new File(["planted\n"], `${name}.txt`, { type: "text/plain" }));
  return data;
}

/** Forms that take things away, or the person's own way in. */
const notSent = /(sign-out|sign-in|delete|remove|discard|sample-data|password|sessions|void|archive|revoke|leave|make-owner|deactivate|theme|lock|refund|api-keys|reset|issue)/;

/** Fills the forms of the open page: all texts at once, and where that is refused one after the other. How many texts were taken. */
export async function plantByForms(page, url, seen) {
  const forms = await page.evaluate(() =>
    [...document.querySelectorAll("form[method=post i], form[hx-post]")].map((form) => ({
      action: new URL(form.getAttribute("action") ?? form.getAttribute("hx-post") ?? "", location.href).pathname,
      multipart: form.enctype === "multipart/form-data",
      fields: [...form.elements].filter((field) => field.name && field.type !== "file" && field.type !== "submit").map((field) => ({
        name: field.name,
        value: (field.type === "checkbox" || field.type === "radio") && !field.checked ? null : field.value,
        text: ["text", "textarea", "search", "url"].includes(field.type),
      })),
    })),
  );
  let taken = 0;
  for (const { action, multipart, fields } of forms) {
    const kind = action.replaceAll(/[0-9a-f-]{36}/g, "{id}");
    const texts = fields.filter(({ text }) => text).map(({ name }) => name);
    if (!texts.length || notSent.test(action) || (seen.get(kind) ?? 0) >= 3) continue;
    const turn = seen.get(kind) ?? 0;
    seen.set(kind, turn + 1);
    const send = async (chosen) => {
      const given = Object.fromEntries(fields.filter(({ value }) => value !== null).map(({ name, value }) => [name, chosen.includes(name) ? payloads[(turn * 7 + texts.indexOf(name)) % payloads.length] : value]));
      const options = { headers: { origin: url }, maxRedirects: 0, ...(multipart ? { multipart: given } : { form: given }) };
      const answer = await page.request.post(url + action, options);
      return answer.status() < 400;
    };
    if (await send(texts)) taken += texts.length;
    else for (const name of texts) if (await send([name])) taken += 1;
  }
  return taken;
}
