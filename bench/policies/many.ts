/** A graph with many governed fields, and many policies over it. */

const fieldsPerType = 20;
const products = 50;
const categories = ["name", "email", "phone", "address", "birthdate", "payment-card", "health", "free-text"];
const levels = ["public", "internal", "confidential", "restricted"];
const effects = [
  "{ type: mask, technique: partial }",
  "{ type: mask, technique: redact }",
  "{ type: nullify }",
  "{ type: deny, reason: it is not for everybody }",
  "{ type: allow }",
];

/** SDL with so many fields, a quarter of them personal. */
export function manyFields(count: number): string {
  const types = Math.ceil(count / fieldsPerType);
  const bodies = Array.from({ length: types }, (_, type) => {
    const product = type % products;
    const fields = Array.from({ length: fieldsPerType }, (_unused, index) => {
      const field = type * fieldsPerType + index;
      const pii = index % 4 === 0 ? ` @pii(category: "${categories[field % categories.length]}")` : "";
      const derived = index % 10 === 9 ? ` @derived(from: ["field${index - 1}"])` : "";
      return `  field${index}: String${pii}${derived} @classified(level: "${levels[index % levels.length]}")`;
    });
    const mark = `@dataProduct(name: "product${product}", domain: "domain${product % 10}", version: "1.0.0")`;
    return `type Type${type} ${mark} {\n${fields.join("\n")}\n}`;
  });
  return bodies.join("\n");
}

/** Texts of files with so many policies, ten in each: by category, product, domain, level and name; every second with CEL. */
export function manyPolicies(count: number): readonly string[] {
  const documents = Array.from({ length: count }, (_, index) => {
    const selector = [
      `{ pii: ${categories[index % categories.length]}, product: product${index % products} }`,
      `{ domain: domain${index % 10}, classification: ${levels[index % levels.length]}, coordinate: "Type${index}.*" }`,
      `{ coordinate: ["Type${index % 100}.field${index % fieldsPerType}", "*.field${index % fieldsPerType}x"] }`,
      `{ product: product${index % products}, classification: [confidential, restricted] }`,
    ][index % 4];
    const condition = `  condition: "'role${index % 30}' in principal.roles && principal.attributes.region != 'R${index % 12}'"\n`;
    return `apiVersion: datamesh.io/v1
kind: Policy
metadata:
  name: policy-${index}
  owner: governance@example.org
spec:
  selector: ${selector}
${index % 2 === 0 ? condition : ""}  unless:
    purpose: [purpose${index % 20}]
  effect: ${effects[index % effects.length]}
`;
  });
  return Array.from({ length: Math.ceil(count / 10) }, (_, file) =>
    documents.slice(file * 10, (file + 1) * 10).join("---\n"),
  );
}
