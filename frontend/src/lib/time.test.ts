import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clock,
  dateTime,
  fromField,
  fullDateTime,
  isZone,
  offset,
  parseInstant,
  rfc3339,
  shortDateTime,
  toField,
  zoneName,
} from "./time";

const at = new Date("2026-11-23T14:05:09Z");
const zones = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Pacific/Apia",
  "Australia/Lord_Howe",
);
const instants = fc.date({ min: new Date("2000-01-01"), max: new Date("2037-12-31"), noInvalidDate: true });

describe("instants in a zone", () => {
  it("are written the same everywhere", () => {
    expect(dateTime(at, "UTC")).toBe("2026-11-23 14:05");
    expect(dateTime(at, "Asia/Kolkata")).toBe("2026-11-23 19:35");
    expect(fullDateTime(at, "UTC")).toBe("2026-11-23 14:05:09 UTC");
    expect(clock(at, "Europe/Berlin")).toBe("15:05:09");
    expect(rfc3339(at)).toBe("2026-11-23T14:05:09Z");
  });

  it("begin a day with 00 and not with 24", () => {
    expect(dateTime(new Date("2026-11-23T00:00:00Z"), "UTC")).toBe("2026-11-23 00:00");
  });

  it("say the year only if it is not this one", () => {
    expect(shortDateTime(at, "UTC", at)).toBe("23 Nov 14:05");
    expect(shortDateTime(at, "UTC", new Date("2027-01-01T00:00:00Z"))).toBe("23 Nov 2026 14:05");
  });
});

describe("a datetime-local field", () => {
  it("gives back the minute that it was given", () => {
    fc.assert(
      fc.property(instants, zones, (date, zone) => {
        const minute = new Date(Math.floor(date.getTime() / 60_000) * 60_000);
        const back = fromField(toField(minute, zone), zone);
        // In the hour that clocks show twice, either of the two instants is right.
        expect(back && toField(back, zone)).toBe(toField(minute, zone));
      }),
    );
  });

  it.each(["", "2026-11-23", "2026-13-40T00:00", "now", "2026-11-23T14:05Z"])("refuses %j", (text) => {
    expect(fromField(text, "UTC")).toBeNull();
  });

  it("knows summer and winter", () => {
    expect(fromField("2026-07-01T12:00", "Europe/Berlin")?.toISOString()).toBe("2026-07-01T10:00:00.000Z");
    expect(fromField("2026-12-01T12:00", "Europe/Berlin")?.toISOString()).toBe("2026-12-01T11:00:00.000Z");
    expect(offset(at, "America/New_York")).toBe(-5 * 3_600_000);
  });
});

describe("what comes from an address", () => {
  it("is an instant or nothing", () => {
    expect(parseInstant("2026-11-23T14:05:09Z")?.getTime()).toBe(at.getTime());
    for (const text of [undefined, "", "yesterday", "2026", "2026-99-99T00:00:00Z"]) {
      expect(parseInstant(text)).toBeNull();
    }
  });

  it("is a zone or not", () => {
    expect(isZone("Europe/Berlin")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(zoneName("UTC")).toBe("UTC");
  });
});
