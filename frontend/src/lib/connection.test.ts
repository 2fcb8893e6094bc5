import fc from "fast-check";
import { expect, it } from "vitest";
import { retryDelay } from "./connection";

it("waits longer after every failure, up to 20 s, never in step with others", () => {
  expect(retryDelay(0, 0)).toBe(250);
  expect(retryDelay(0, 1)).toBe(500);
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (retries, chance) => {
      const delay = retryDelay(retries, chance);
      expect(delay).toBeGreaterThanOrEqual(250);
      expect(delay).toBeLessThanOrEqual(20_000);
      expect(retryDelay(retries + 1, chance)).toBeGreaterThanOrEqual(delay);
    }),
  );
});
