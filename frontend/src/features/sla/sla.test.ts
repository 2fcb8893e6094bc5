import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SlaDefinitionFragment } from "@/gql/graphql";
import { compareDecimals } from "@/lib/decimal";
import { barMarks } from "./bar";
import { worthText } from "./CreditFields";
import {
  byLimit,
  changed,
  emptyForm,
  formOf,
  inputOf,
  nameOf,
  placeOf,
  type SlaForm,
  streamKey,
  streamOf,
} from "./form";
import { errorsOf, type Promisable } from "./form-errors";
import { waitFor } from "./issue";
import { parseSlaSearch, parseSlasSearch, parseStatementSearch } from "./search";
import { historyVariables, latestKey } from "./use-sla";
import {
  achievedText,
  doubt,
  driftText,
  dueText,
  leftText,
  type Outcome,
  shortPeriod,
  standing,
  statedStanding,
  termsText,
} from "./words";

const good: SlaForm = {
  ...emptyForm("Europe/Berlin"),
  displayName: "Shop, gold",
  name: "shop-gold",
  targetPercent: "99.9",
  streams: [streamKey("checkout", ""), streamKey("probe", "up")],
  customers: [{ key: 3, name: "acme", displayName: "ACME", fee: "1200.00", currency: "EUR" }],
  credits: [
    { key: 0, below: "99.9", credit: "10" },
    { key: 1, below: "99.5", credit: "25" },
  ],
};

describe("what the form refuses", () => {
  const customer = { key: 3, name: "acme", displayName: "", fee: "", currency: "" };
  const band = (below: string, credit: string, key = 0) => ({ key, below, credit });
  const cases: Record<string, [Partial<SlaForm>, string, RegExp]> = {
    "a name in capitals": [{ name: "Shop" }, "name", /lower-case/],
    "a name that is taken": [{ name: "taken" }, "name", /already/],
    "a target of 100": [{ targetPercent: "100.0" }, "targetPercent", /100 % allows nothing/],
    "a target of 0": [{ targetPercent: "0.00" }, "targetPercent", /more than 0/],
    "a target with a comma": [{ targetPercent: "99,9" }, "targetPercent", /with a point/],
    "a target with its sign": [{ targetPercent: "99.9 %" }, "targetPercent", /without the sign/],
    "no objective": [{ streams: [] }, "streams", /at least one/],
    "a zone that nobody knows": [{ timeZone: "Mars/Olympus" }, "timeZone", /time zone/],
    "a notice without a unit": [{ notice: "48" }, "notice", /m h d w/],
    "a limit of nothing": [{ most: "0h" }, "most", /m h d w/],
    "nobody to promise it to": [{ customers: [] }, "customers", /at least one/],
    "a customer without a name": [
      { customers: [{ ...customer, name: "" }] },
      "customers.3.name",
      /such as acme/,
    ],
    "a customer twice": [{ customers: [customer, { ...customer, key: 4 }] }, "customers.4.name", /twice/],
    "a fee in words": [
      { customers: [{ ...customer, fee: "a lot", currency: "EUR" }] },
      "customers.3.fee",
      /1200.00/,
    ],
    "a fee without a currency": [{ customers: [{ ...customer, fee: "5" }] }, "customers.3.currency", /which/],
    "a currency without a fee": [
      { customers: [{ ...customer, currency: "EUR" }] },
      "customers.3.fee",
      /missing/,
    ],
    "a currency in small letters": [
      { customers: [{ ...customer, fee: "5", currency: "eur" }] },
      "customers.3.currency",
      /Three letters/,
    ],
    "a band that is none": [{ credits: [band("", "10")] }, "credits.0.below", /percentage/],
    "a credit of 0": [{ credits: [band("99", "0")] }, "credits.0.credit", /More than 0/],
    "a credit above 100": [{ credits: [band("99", "100.01")] }, "credits.0.credit", /at most 100/],
    "a band above the target": [{ credits: [band("99.91", "10")] }, "credits.0.below", /Above the target/],
    "a band twice": [{ credits: [band("99.5", "10"), band("99.50", "20", 1)] }, "credits.1.below", /already/],
    "a fee in parts of a cent": [
      { customers: [{ ...customer, fee: "0.001", currency: "EUR" }] },
      "customers.3.fee",
      /decimals/,
    ],
    "a band of everything": [{ credits: [band("100", "10")] }, "credits.0.below", /less than 100/],
    "a worse result that earns no more": [
      { credits: [band("99", "10.0", 1), band("99.5", "10")] },
      "credits.1.credit",
      /earns more/,
    ],
  };
  it.each(Object.entries(cases))("%s", (_, [patch, place, message]) => {
    const errors = errorsOf({ ...good, ...patch }, ["taken"]);
    expect(Object.keys(errors)).toEqual([place]);
    expect(errors[place]).toMatch(message);
  });

  it("is nothing of a form that is right", () => {
    expect(errorsOf(good, ["other"])).toEqual({});
    expect(errorsOf({ ...good, exclusions: false, notice: "?" }, [])).toEqual({});
    expect(errorsOf({ ...good, credits: [{ key: 0, below: "99.90", credit: "10" }] }, [])).toEqual({});
  });

  it("is a sum of what cannot be added, once that is known", () => {
    const total: SlaForm = { ...good, combination: "TOTAL" };
    const about = (a: Promisable, b: Promisable) =>
      new Map([
        ["checkout", a],
        ["probe", b],
      ]);
    const events: Promisable = { method: "OCCURRENCES", unit: "EVENTS" };
    expect(errorsOf(total, [], about(events, events))).toEqual({});
    expect(errorsOf(total, [], about(events, { ...events, unit: "SECONDS" })).combination).toMatch(
      /cannot be added/,
    );
    expect(errorsOf(total, [], about({ ...events, method: "TIMESLICES" }, events)).combination).toMatch(
      /of checkout/,
    );
    expect(
      errorsOf({ ...total, combination: "WORST" }, [], about(events, { ...events, unit: "SECONDS" })),
    ).toEqual({});
  });
});

describe("bands", () => {
  const percent = fc
    .integer({ min: 1, max: 9990 })
    .map((n) => `${Math.floor(n / 100)}.${String(n % 100).padStart(2, "0")}`);
  const bands = fc.array(fc.tuple(percent, percent), { minLength: 1, maxLength: 8 }).map((all) =>
    all.map(([below, credit], key) => ({
      key,
      below,
      credit: compareDecimals(credit, "0") === 0 ? "1" : credit,
    })),
  );

  it("that are accepted make one answer: every limit once, none above the target, more for worse", () => {
    fc.assert(
      fc.property(bands, (credits) => {
        const accepted = Object.keys(errorsOf({ ...good, credits }, [])).length === 0;
        // Judged in hundredths, which all of these are.
        const whole = (t: string) => Math.round(Number(t) * 100);
        const sorted = credits
          .map((c) => [whole(c.below), whole(c.credit)] as const)
          .toSorted((a, b) => b[0] - a[0]);
        const sound = sorted.every(([below, credit], i) => {
          const [above = Number.POSITIVE_INFINITY, more = 0] = sorted[i - 1] ?? [];
          return below > 0 && below <= 9990 && below < above && credit > more;
        });
        expect(accepted).toBe(sound);
      }),
      { numRuns: 500 },
    );
  });

  it("are sent with the highest limit first, each digit as it was written", () => {
    const credits = [
      { key: 0, below: "99.50", credit: "25" },
      { key: 1, below: " 99.9 ", credit: "10.0" },
    ];
    expect(inputOf({ ...good, credits }, null, "ann").credits).toEqual([
      { belowPercent: "99.9", creditPercent: "10.0" },
      { belowPercent: "99.50", creditPercent: "25" },
    ]);
    expect(byLimit([{ key: 0, below: "?", credit: "" }, ...credits]).map((c) => c.key)).toEqual([0, 1, 0]);
  });

  it("say what they are worth, to the cent", () => {
    expect(worthText({ key: 0, below: "99", credit: "12.5" }, good.customers)).toBe("150.00 EUR to acme");
    expect(worthText({ key: 0, below: "99", credit: "x" }, good.customers)).toBe("");
    expect(
      worthText({ key: 0, below: "99", credit: "5" }, [
        { key: 0, name: "a", displayName: "", fee: "", currency: "" },
      ]),
    ).toBe("");
  });
});

describe("the form", () => {
  const saved: SlaDefinitionFragment = {
    id: "Sla:shop-gold",
    name: "shop-gold",
    displayName: "Shop, gold",
    description: "",
    service: null,
    targetPercent: "99.90",
    window: { duration: "1Q", timeZone: "Asia/Kolkata", title: "" },
    combination: "TOTAL",
    streams: [
      { sloName: "a", objective: "", slo: null },
      { sloName: "b", objective: "within 1 s / p99", slo: null },
    ],
    customers: [{ name: "acme", displayName: "", fee: "0.10", currency: "EUR" }],
    credits: [{ belowPercent: "99.90", creditPercent: "10.0" }],
    terms: { exclusions: true, kinds: ["OTHER"], notice: "2d", most: null },
    origin: null,
    editable: true,
    etag: "1",
  };

  it("sends what it was given, digit by digit", () => {
    expect(inputOf(formOf(saved), saved.id, "ann")).toEqual({
      id: "Sla:shop-gold",
      name: "shop-gold",
      displayName: "Shop, gold",
      description: "",
      service: null,
      targetPercent: "99.90",
      window: { duration: "1Q", calendar: true, timeZone: "Asia/Kolkata" },
      combination: "TOTAL",
      streams: [
        { slo: "a", objective: "" },
        { slo: "b", objective: "within 1 s / p99" },
      ],
      customers: [{ name: "acme", displayName: "", fee: "0.10", currency: "EUR" }],
      credits: [{ belowPercent: "99.90", creditPercent: "10.0" }],
      terms: { exclusions: true, kinds: ["OTHER"], notice: "2d", most: null },
      by: "ann",
    });
  });

  it("forgets terms of exclusions that do not count", () => {
    const { terms } = inputOf({ ...formOf(saved), exclusions: false }, null, "ann");
    expect(terms).toEqual({ exclusions: false, kinds: [], notice: null, most: null });
  });

  it("names objectives so that they are found again", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,20}$/), fc.string(), (slo, objective) => {
        expect(streamOf(streamKey(slo, objective))).toEqual({ slo, objective });
      }),
    );
  });

  it("makes names of titles until somebody writes another", () => {
    expect(nameOf("Shop, Gold (Köln)")).toBe("shop-gold-koln");
    expect(nameOf("…")).toBe("");
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (t) => {
        expect(nameOf(t)).toMatch(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/);
      }),
    );
    const first = changed(emptyForm("UTC"), { displayName: "Shop" }, true);
    expect(first.name).toBe("shop");
    const own = changed(changed(first, { name: "mine" }, true), { displayName: "Shop 2" }, true);
    expect(own.name).toBe("mine");
    expect(changed(first, { displayName: "Other" }, false).name).toBe("shop");
  });

  it("finds the field that the server blames", () => {
    const form: SlaForm = {
      ...good,
      credits: [
        { key: 7, below: "99", credit: "20" },
        { key: 8, below: "99.9", credit: "10" },
      ],
    };
    const places: Record<string, string | null> = {
      targetPercent: "targetPercent",
      "window.timeZone": "timeZone",
      "window.duration": "period",
      "terms.notice": "notice",
      "streams[1].slo": "streams",
      streams: "streams",
      "customers[0].fee": "customers.3.fee",
      "customers.0": "customers.3.name",
      "customers[9].name": "customers",
      "credits[0].belowPercent": "credits.8.below", // the server's order: the highest limit first
      "credits[1].creditPercent": "credits.7.credit",
      by: null,
      nonsense: null,
    };
    for (const [field, place] of Object.entries(places)) {
      expect(placeOf(field, form), field).toBe(place);
    }
    expect(placeOf(null, form)).toBeNull();
  });
});

const budget: Outcome = {
  state: "HEALTHY",
  from: "2026-11-01T00:00:00Z",
  to: "2026-12-01T00:00:00Z",
  target: "0.999",
  sli: 0.9995,
  spent: 500,
  allowed: 1000,
  remaining: 0.5,
  coverage: 1,
};

describe("verdicts", () => {
  it("are kept, missed, or cannot be told", () => {
    expect(standing(budget, true).label).toBe("Kept");
    expect(standing({ ...budget, remaining: 0 }, false).label).toBe("Kept so far");
    expect(standing({ ...budget, remaining: -0.01, state: "BREACHED" }, true)).toMatchObject({
      label: "Missed",
      known: true,
    });
    expect(standing({ ...budget, remaining: -0.01, state: "NO_DATA" }, true)).toMatchObject({
      label: "Cannot be told",
      known: false,
    });
    expect(standing({ ...budget, remaining: null, state: "NO_TRAFFIC" }, true)).toMatchObject({
      label: "No traffic",
      known: false,
    });
    expect(doubt({ ...budget, state: "NO_DATA", coverage: 0.4 })).toMatch(/Only 40.0 %/);
    expect(doubt(budget)).toBeNull();
  });

  it("of statements are those of the state that was frozen", () => {
    const labels = (["BREACHED", "AT_RISK", "HEALTHY", "NO_DATA", "NO_TRAFFIC"] as const).map(
      (s) => statedStanding(s).label,
    );
    expect(labels).toEqual(["Missed", "Kept", "Kept", "Cannot be told", "No traffic"]);
    expect(driftText(1)).toMatch(/^1 figure has/);
    expect(driftText(2)).toMatch(/^2 figures have/);
  });

  it("say what is left in events and in time", () => {
    expect(leftText(budget, "events", "month")).toBe(
      "500 of 1,000 allowed errors: the worth of 21 min of full outage is left of the 43 min that a month allows.",
    );
    expect(leftText({ ...budget, spent: 1500, remaining: -0.5 }, "events", "month")).toMatch(
      /more than the 43 min/,
    );
    expect(leftText({ ...budget, spent: null }, "events", "month")).toBeNull();
  });

  it("never write what is unknown as a figure", () => {
    expect(achievedText(null)).toBe("—");
    expect(achievedText("99.90")).toBe("99.90 %");
    expect(dueText({ percent: null }, false)).toBe("—");
    expect(dueText({ percent: null }, true)).toBe("none");
    expect(dueText(undefined, false)).toBe("—");
    expect(dueText({ percent: "0" }, true)).toBe("none");
    expect(dueText({ percent: "10", amount: null }, true)).toBe("10 % of the fee");
    expect(dueText({ percent: "10", amount: "1200.00", currency: "EUR" }, true)).toBe("1,200.00 EUR (10 %)");
  });
});

describe("bars", () => {
  it("keep everything that matters in sight, in its order", () => {
    const percent = fc.integer({ min: 1, max: 99_999 }).map((n) => (n / 1000).toFixed(3));
    fc.assert(
      fc.property(
        percent,
        fc.option(percent),
        fc.array(percent, { maxLength: 4 }),
        (target, achieved, belows) => {
          const marks = barMarks(target, achieved, belows);
          expect(marks.target).toBeGreaterThan(0);
          expect(marks.target).toBeLessThan(1);
          expect(marks.achieved === null).toBe(achieved === null);
          if (marks.achieved !== null && achieved !== null && !marks.clipped) {
            expect(Math.sign(marks.achieved - marks.target)).toBe(compareDecimals(achieved, target));
          }
        },
      ),
    );
    expect(barMarks("99.9", "12", []).clipped).toBe(true);
  });
});

describe("words", () => {
  it("name periods where there is little room", () => {
    expect(["2026-10", "2026-01", "2026-Q4", "2027-Q1", "2026", "2026-W07"].map(shortPeriod)).toEqual([
      "Oct",
      "Jan 26",
      "Q4",
      "Q1 27",
      "2026",
      "W07",
    ]);
  });

  it("say which exclusions count", () => {
    const all = { exclusions: true, kinds: [], notice: null, most: null };
    expect(termsText({ ...all, exclusions: false })).toMatch(/^No exclusion counts/);
    expect(termsText(all)).toBe("Exclusions of every kind count.");
    expect(termsText({ ...all, kinds: ["MAINTENANCE", "OTHER"], notice: "48h", most: "8h" })).toBe(
      "Exclusions for announced maintenance and other reasons count, made known 2 d before they begin, 8 h of a period at most.",
    );
  });

  it("say why a statement has to wait", () => {
    const period = { to: "2026-12-01T00:00:00Z", settled: false };
    const at = (t: string) => waitFor(period, "month", new Date(t));
    expect(at("2026-11-30T00:00:00Z")).toMatch(/not over/);
    expect(at("2026-12-01T00:30:00Z")).toMatch(/late data/);
    expect(at("2026-12-01T02:00:00Z")).toMatch(/not read yet/);
    expect(waitFor({ ...period, settled: true }, "month", new Date("2026-12-01T00:00:00Z"))).toBeNull();
  });
});

describe("addresses", () => {
  it("keep what makes sense", () => {
    expect(parseSlasSearch({ create: "1", x: "y" })).toEqual({ create: "1" });
    expect(parseSlaSearch({ customer: "acme", issue: "2026-10", older: "1" })).toEqual({
      customer: "acme",
      issue: "2026-10",
      older: "1",
    });
    expect(parseSlaSearch({ edit: "1", issue: "2026-10" })).toEqual({ edit: "1" });
    expect(parseSlaSearch({ customer: "x".repeat(64) })).toEqual({});
    for (const revision of ["0", "-1", "1e3", "two", "01"]) {
      expect(parseStatementSearch({ revision }), revision).toEqual({});
    }
    expect(parseStatementSearch({ revision: "12" })).toEqual({ revision: "12" });
  });

  it("of a request for periods ask for no more than there are", () => {
    expect(historyVariables("a", ["2026-10"])).toMatchObject({
      name: "a",
      p0: "2026-10",
      p1: null,
      p11: null,
    });
    expect(latestKey("acme", "2026-10")).toBe("acme/2026-10");
  });
});
