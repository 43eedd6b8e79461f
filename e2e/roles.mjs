// Everyone who may call the API of one workspace, over the sample data.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { linkIn, program } from "./lib.mjs";

export const password = "correct horse battery 9";
const team = ["admin", "manager", "member", "viewer"];

/** One call of the API; what it answered, or an error when that is no success. */
export async function call(url, headers, method, path, body) {
  const answer = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
  return text ? JSON.parse(text) : null;
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** Signs in anew: the headers of whoever has that address. */
export async function signIn(url, email) {
  return bearer((await call(url, {}, "POST", "/api/auth/login", { email, password })).access_token);
}

/** Signs up an owner and adds the sample data. */
export async function found(rapport, { name = "Ada Morel", email = "ada@northlight.example", workspace = "Northlight Studio" } = {}) {
  const made = await call(rapport.url, {}, "POST", "/api/auth/signup", { name, email, password, workspace_name: workspace });
  await promisify(execFile)(program, ["demo", "seed", made.workspace.slug], { env: rapport.environment });
  return { email, slug: made.workspace.slug, headers: bearer(made.access_token) };
}

/** A colleague of a role, through an invitation and its mail. */
export async function join(rapport, owner, role, name = `${role} ${role}`) {
  const email = `${role}@northlight.example`;
  await call(rapport.url, owner.headers, "POST", "/api/team/invitations", { email, role });
  const link = linkIn(await rapport.mailTo(email, "invites you"), "/invitations/");
  const token = new URL(link).pathname.split("/").pop();
  const made = await call(rapport.url, {}, "POST", "/api/auth/invitations/accept", { token, name, password });
  return { email, headers: bearer(made.access_token) };
}

/** A client's person in the first portal that is open: the cookie, and the portal. */
export async function guest(rapport, owner) {
  const portals = await call(rapport.url, owner.headers, "GET", "/api/portals");
  const portal = portals.data.find(({ status }) => status === "active") ?? portals.data[0];
  const { url } = await call(rapport.url, owner.headers, "POST", `/api/portals/${portal.id}/links`, {});
  const answer = await fetch(url, { method: "POST", redirect: "manual" });
  const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
  if (answer.status !== 303 || !cookies.length) throw new Error(`the portal's link answers ${answer.status}`);
  return { portal: portal.id, url, headers: { cookie: cookies.join("; ") } };
}

/** A key that may read whatever its maker may. */
export async function readingKey(rapport, owner) {
  const me = await call(rapport.url, owner.headers, "GET", "/api/me");
  const permissions = me.permissions.filter((permission) => permission.endsWith(".read") || permission.endsWith(".read_all"));
  const made = await call(rapport.url, owner.headers, "POST", "/api/api-keys", { name: "Reads only", permissions });
  return { headers: bearer(made.secret ?? made.key ?? made.token) };
}

/** All of them by their names, each on the team of every project. */
export async function everyone(rapport) {
  const owner = await found(rapport);
  const people = {};
  for (const role of team) people[role] = await join(rapport, owner, role);
  const get = (path) => call(rapport.url, owner.headers, "GET", path);
  const members = (await get("/api/team/members")).data.map(({ id }) => ({ member_id: id, role: "contributor" }));
  for (const { id } of (await get("/api/projects?limit=200")).data) {
    await call(rapport.url, owner.headers, "PUT", `/api/projects/${id}/members`, { members }).catch((error) => {
      if (!/: (404|409|422) /.test(error.message)) throw error;
    });
  }
  return { nobody: { headers: {} }, ...people, owner, "reading key": await readingKey(rapport, owner), guest: await guest(rapport, owner) };
}
