import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawPlan } from "./draw-plan.ts";
import type { Fetch, Plan, Selection } from "./plan.ts";
import type { Schedule } from "./schedule.ts";

function planOf(fetches: readonly Fetch[], name?: string): Plan {
  return {
    kind: "plan",
    operation: "query",
    name,
    root: fetches.length === 0 ? undefined : { kind: "parallel", nodes: fetches },
  };
}

function fetchOf(given: Partial<Fetch> & { readonly id: number; readonly subgraph: string }): Fetch {
  return {
    kind: "fetch",
    operation: "query",
    operationName: undefined,
    path: [],
    requires: undefined,
    selections: [field("id")],
    variables: [],
    directives: "",
    inputRewrites: [],
    outputRewrites: [],
    contextRewrites: [],
    ...given,
  };
}

function field(name: string, selections?: readonly Selection[], args = ""): Selection {
  return { kind: "field", key: name, name, args, directives: "", selections };
}

const on = (type: string, selections: readonly Selection[]): Selection => ({
  kind: "fragment",
  on: type,
  directives: "",
  selections,
});

/** Two requests, the second with two fetches that share their representations. */
function smallExample(): { readonly plan: Plan; readonly schedule: Schedule } {
  const orders = fetchOf({
    id: 0,
    subgraph: "orders",
    selections: [field("orders", [field("customer", [field("id")])], "(first: 2)")],
  });
  const requires = [
    {
      kind: "fragment" as const,
      on: "Customer",
      selections: ["__typename", "id"].map((name) => ({
        kind: "field" as const,
        name,
        from: name,
        selections: undefined,
      })),
    },
  ];
  const selections = [on("Customer", [field("name")])];
  const first = fetchOf({ id: 1, subgraph: "customers", path: ["orders", "@", "customer"], requires, selections });
  const second = fetchOf({ id: 2, subgraph: "customers", path: ["latest", "customer"], requires, selections });
  return {
    plan: planOf([orders, first, second], "Customers"),
    schedule: {
      waves: [
        [{ subgraph: "orders", groups: [{ fetches: [{ fetch: orders, after: [] }] }] }],
        [
          {
            subgraph: "customers",
            groups: [
              {
                fetches: [
                  { fetch: first, after: [0] },
                  { fetch: second, after: [0] },
                ],
              },
            ],
          },
        ],
      ],
    },
  };
}

/** Hostile text where names and arguments stand. */
const text = fc.oneof(
  fc.constantFrom("name", "<script>", "a&b", '"quoted"', "]]>", "\u0000\u0008", "é", "😀", "a.b", "{", "  "),
  fc.string({ maxLength: 70 }),
);

/** Fetches over some waves; each waits for some of earlier waves. */
const schedules = fc
  .array(
    fc.array(
      fc.record({
        subgraph: text,
        path: fc.array(text, { maxLength: 6 }),
        requires: fc.option(text, { nil: undefined }),
        names: fc.array(text, { minLength: 1, maxLength: 12 }),
        waits: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
        joins: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    { maxLength: 4 },
  )
  .map((waves): { plan: Plan; schedule: Schedule } => {
    const earlier: number[] = [];
    const all: Fetch[] = [];
    const scheduled = waves.map((wave) => {
      const here: number[] = [];
      const requests = wave.map(({ subgraph, path, requires, names, waits, joins }) => {
        const fetches = Array.from({ length: joins }, () => {
          const fetch = fetchOf({
            id: all.length,
            subgraph,
            path,
            requires:
              requires === undefined
                ? undefined
                : [{ kind: "field", name: requires, from: requires, selections: undefined }],
            selections: names.map((name) => field(name, undefined, `(a: ${name})`)),
          });
          all.push(fetch);
          here.push(fetch.id);
          return { fetch, after: earlier.filter((id) => waits[id % waits.length]) };
        });
        return { subgraph, groups: [{ fetches }] };
      });
      earlier.push(...here);
      return requests;
    });
    return { plan: planOf(all), schedule: { waves: scheduled } };
  });

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Reads XML as far as drawings use it; throws where it is not well-formed. */
function readXml(xml: string): Element {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    throw new Error("a character that XML lacks");
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const plain = (given: string): string => {
    if (/[<>]|&(?!(?:amp|lt|gt|quot);)/.test(given)) throw new Error(`not escaped: ${given}`);
    return given.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  };
  for (const token of xml.match(/<[^>]*>|[^<]+/g) ?? []) {
    const top = open.at(-1);
    if (top === undefined) throw new Error("closed too often");
    if (!token.startsWith("<")) top.text += plain(token);
    else if (token.startsWith("</")) {
      if (top.name !== token.slice(2, -1)) throw new Error(`${token} closes ${top.name}`);
      open.pop();
    } else {
      const [, name = "", rest = "", end] = /^<([a-z]\w*)((?: [\w-]+="[^"<]*")*)(\/?)>$/i.exec(token) ?? [];
      if (name === "") throw new Error(`no element: ${token}`);
      const attributes = Object.fromEntries(
        [...rest.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, plain(value)]),
      );
      const element: Element = { name, attributes, children: [], text: "" };
      top.children.push(element);
      if (end !== "/") open.push(element);
    }
  }
  if (open.length !== 1) throw new Error("not closed");
  return root.children[0] ?? root;
}

/** The groups that are boxes: those that hold a rectangle of the class. */
function boxesOf(element: Element): readonly Element[] {
  const own = element.children.some(({ attributes }) => attributes.class === "box") ? [element] : [];
  return [...own, ...element.children.flatMap(boxesOf)];
}

function textsOf(element: Element): readonly Element[] {
  return [...(element.name === "text" ? [element] : []), ...element.children.flatMap(textsOf)];
}

const numberOf = (element: Element | undefined, name: string): number => Number(element?.attributes[name] ?? 0);

describe("a drawn plan", () => {
  it("shows waves, requests, their fetches and what they send and ask", async () => {
    const { plan, schedule } = smallExample();
    await expect(drawPlan(plan, schedule)).toMatchFileSnapshot("fixtures/small-plan.svg");
  });

  it("has nothing to show where nothing is fetched", () => {
    const svg = drawPlan(planOf([]), { waves: [] });
    expect(textsOf(readXml(svg)).map(({ text }) => text)).toEqual(["query", "nothing to fetch"]);
  });

  it("counts what was planned and what is sent", () => {
    const { plan, schedule } = smallExample();
    expect(drawPlan(plan, schedule)).toContain("planned as 3 requests, sent as 2 requests in 2 waves");
  });

  it("holds every request of the schedule with every fetch, well-formed and the same each time, whatever its names", () => {
    fc.assert(
      fc.property(schedules, ({ plan, schedule }) => {
        const svg = drawPlan(plan, schedule);
        expect(drawPlan(structuredClone(plan), structuredClone(schedule))).toBe(svg);
        const boxes = boxesOf(readXml(svg));
        const requests = schedule.waves.flat();
        expect(boxes).toHaveLength(requests.length);
        requests.forEach(({ groups }, index) => {
          const ids = groups.flatMap(({ fetches }) => fetches.map(({ fetch }) => `#${fetch.id}`));
          const texts = textsOf(boxes[index] ?? readXml("<none/>")).map((element) => element.text);
          expect(texts.filter((drawn) => ids.includes(drawn)).sort()).toEqual([...ids].sort());
        });
        const arrows = requests.flatMap(({ groups }, to) => {
          const ids = new Set(groups.flatMap(({ fetches }) => fetches.flatMap(({ after }) => after)));
          const sources = requests.flatMap((request, from) =>
            request.groups.some(({ fetches }) => fetches.some(({ fetch }) => ids.has(fetch.id))) ? [from] : [],
          );
          return sources.map((from) => [from, to]);
        });
        expect(svg.split("<polygon ").length - 1).toBe(arrows.length);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps every text inside its box, and boxes apart from each other", () => {
    fc.assert(
      fc.property(schedules, ({ plan, schedule }) => {
        const svg = readXml(drawPlan(plan, schedule));
        const places = boxesOf(svg).map((box) => {
          const [, x = 0, y = 0] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(box.attributes.transform ?? "") ?? [];
          const rectangle = box.children.find(({ attributes }) => attributes.class === "box");
          const place = {
            x: Number(x),
            y: Number(y),
            width: numberOf(rectangle, "width"),
            height: numberOf(rectangle, "height"),
          };
          for (const text of textsOf(box)) {
            expect(numberOf(text, "x")).toBeGreaterThan(0);
            expect(numberOf(text, "x") + numberOf(text, "textLength")).toBeLessThan(place.width + 0.2);
            expect(numberOf(text, "y")).toBeLessThan(place.height);
          }
          return place;
        });
        places.forEach((a, index) => {
          expect(a.x + a.width).toBeLessThanOrEqual(numberOf(svg, "width"));
          for (const b of places.slice(index + 1)) {
            const apart = a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y;
            expect(apart).toBe(true);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it("leads no arrow behind a box", () => {
    fc.assert(
      fc.property(schedules, ({ plan, schedule }) => {
        const svg = readXml(drawPlan(plan, schedule));
        const boxes = boxesOf(svg).map((box) => {
          const [, x = 0, y = 0] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(box.attributes.transform ?? "") ?? [];
          const rectangle = box.children.find(({ attributes }) => attributes.class === "box");
          return {
            left: Number(x),
            top: Number(y),
            right: Number(x) + numberOf(rectangle, "width"),
            bottom: Number(y) + numberOf(rectangle, "height"),
          };
        });
        const ways = (function all(element: Element): string[] {
          const own =
            element.name === "path" && element.attributes.stroke !== undefined ? [element.attributes.d ?? ""] : [];
          return [...own, ...element.children.flatMap(all)];
        })(svg);
        for (const way of ways) {
          let before = { x: 0, y: 0 };
          for (const [, command, given = ""] of way.matchAll(/([MCH])([^MCH]*)/g)) {
            const numbers = given.trim().split(/\s+/).map(Number);
            const x = numbers.at(command === "H" ? -1 : -2) ?? 0;
            const y = command === "H" ? before.y : (numbers.at(-1) ?? 0);
            if (command === "H") {
              const [left, right] = [before.x, x];
              const hidden = boxes.some(
                (box) => box.left < right - 1 && left + 1 < box.right && box.top < y && y < box.bottom,
              );
              expect(hidden).toBe(false);
            }
            before = { x, y };
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
