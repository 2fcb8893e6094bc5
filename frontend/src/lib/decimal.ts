/**
 * Decimal numbers as they are written. Percentages of agreements and amounts of
 * money never become floating-point numbers: they are compared and multiplied as
 * whole numbers of their last digit.
 */

interface Scaled {
  units: bigint;
  digits: number;
}

const form = /^\d{1,18}(\.\d{1,12})?$/;

/** Whether text is a plain decimal number that is not negative: 99.9, 0, 1200.00. */
export function isDecimal(text: string): boolean {
  return form.test(text);
}

function scaled(text: string): Scaled {
  if (!isDecimal(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
  }
  const [whole = "", fraction = ""] = text.split(".");
  return { units: BigInt(whole + fraction), digits: fraction.length };
}

/** Negative where a is less than b, 0 where they are equal, else positive. */
export function compareDecimals(a: string, b: string): number {
  const [x, y] = [scaled(a), scaled(b)];
  const digits = Math.max(x.digits, y.digits);
  const difference = x.units * 10n ** BigInt(digits - x.digits) - y.units * 10n ** BigInt(digits - y.digits);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const without = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ");
const three = "BHD IQD JOD KWD LYD OMR TND".split(" ");
const four = "CLF UYW".split(" ");

/** How many decimals amounts of a currency have by ISO 4217; the platform's own figures are those of habit. */
export function minorUnits(currency: string): number {
  if (without.includes(currency)) {
    return 0;
  }
  return three.includes(currency) ? 3 : four.includes(currency) ? 4 : 2;
}

/** amount · percent / 100 with so many decimals, halves to the even neighbour, as the server does it. */
export function shareOf(amount: string, percent: string, digits: number): string {
  const [a, p] = [scaled(amount), scaled(percent)];
  const product = a.units * p.units * 10n ** BigInt(digits);
  const divisor = 10n ** BigInt(a.digits + p.digits + 2);
  const [quotient, twice] = [product / divisor, (product % divisor) * 2n];
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  const text = String(quotient + (up ? 1n : 0n)).padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A fraction as a percentage, the point moved and every digit kept: 0.9950 is 99.50. */
export function percentOf(fraction: string): string {
  const { units, digits } = scaled(fraction);
  const places = Math.max(0, digits - 2);
  const text = String(units * 10n ** BigInt(Math.max(0, 2 - digits))).padStart(places + 1, "0");
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

/** A decimal with its thousands apart, every digit kept: 1,200.00. */
export function groupedDecimal(text: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? [];
  return whole === ""
    ? text
    : `${sign.replace("-", "−")}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${fraction}`;
}

/** An amount of money as it was told: 1,200.00 EUR. */
export function money(amount: string, currency: string | null | undefined): string {
  return currency ? `${groupedDecimal(amount)} ${currency}` : groupedDecimal(amount);
}
