import type uPlot from "uplot";

const DAY = 86_400;

/**
 * Texts of the ticks of a time axis in a zone: days as "23 Nov", times as
 * "14:05" with the day where it begins, the year where it matters.
 */
export function timeTicks(zone: string): uPlot.Axis.DynamicValues {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
  const day = part({ day: "numeric", month: "short" });
  const time = part({ hour: "2-digit", minute: "2-digit" });
  const month = part({ month: "short", year: "numeric" });
  return (_, splits, __, ___, increment) =>
    splits.map((at) => {
      const date = new Date(at * 1000);
      if (increment >= 28 * DAY) {
        return month.format(date);
      }
      if (increment >= DAY) {
        return day.format(date);
      }
      const clock = time.format(date);
      return clock === "00:00" ? day.format(date) : clock;
    });
}
