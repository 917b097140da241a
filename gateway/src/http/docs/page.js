"use strict";

// Shows /openapi.json. Everything is put in as text, never as markup.
const page = document.getElementById("page");

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function schemaName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.type === "array") return `list of ${schemaName(schema.items)}`;
  return [schema.type, schema.format].filter(Boolean).join(", ");
}

function table(heads, rows) {
  const head = node("tr", {}, ...heads.map((text) => node("th", {}, text)));
  const body = rows.map((row) => node("tr", {}, ...row.map((text) => node("td", {}, text))));
  return node("table", {}, head, ...body);
}

function media(content) {
  return Object.entries(content || {})
    .map(([type, { schema }]) => [type, schemaName(schema)].filter(Boolean).join(": "))
    .join("; ");
}

function operation(api, path, method, op) {
  const box = node("details", {});
  const summary = node("summary", op.security ? { class: "lock" } : {});
  summary.append(
    node("span", { class: "method" }, method.toUpperCase()),
    node("code", {}, path),
    ` ${op.summary}`,
  );
  box.append(summary);
  if (op.description) box.append(node("p", {}, op.description));
  const parameters = (op.parameters || []).map((p) =>
    p.$ref ? api.components.parameters[p.$ref.split("/").pop()] : p,
  );
  if (parameters.length) {
    const rows = parameters.map((p) => [p.name, p.in, schemaName(p.schema), p.description || ""]);
    box.append(node("h4", {}, "Parameters"), table(["name", "in", "type", ""], rows));
  }
  if (op.requestBody) {
    box.append(node("h4", {}, "Body"), node("p", {}, media(op.requestBody.content)));
    if (op.requestBody.description) box.append(node("p", {}, op.requestBody.description));
  }
  const answers = Object.entries(op.responses).map(([status, answer]) => {
    const full = answer.$ref ? api.components.responses[answer.$ref.split("/").pop()] : answer;
    return [status, full.description, media(full.content)];
  });
  box.append(node("h4", {}, "Answers"), table(["status", "", "content"], answers));
  return box;
}

function show(api) {
  page.replaceChildren(node("h1", {}, `${api.info.title} ${api.info.version}`), node("p", {}, api.info.description));
  for (const tag of api.tags) {
    page.append(node("h2", {}, tag.name), node("p", {}, tag.description));
    for (const [path, operations] of Object.entries(api.paths)) {
      for (const [method, op] of Object.entries(operations)) {
        if (op.tags.includes(tag.name)) page.append(operation(api, path, method, op));
      }
    }
  }
  page.append(node("h2", {}, "Shapes"));
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    const text = JSON.stringify(schema, null, 2);
    page.append(node("details", {}, node("summary", {}, name), node("pre", {}, text)));
  }
  page.setAttribute("aria-busy", "false");
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => page.replaceChildren(node("p", {}, `The description could not be shown: ${error.message}`)));
