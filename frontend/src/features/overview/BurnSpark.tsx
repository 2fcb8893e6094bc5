import { skipToken, useQuery } from "@apollo/client/react";
import { useIntersection } from "@mantine/hooks";
import { useState } from "react";
import { Sparkline } from "@/components/Sparkline";
import { BurnSparkDocument } from "./documents";

// A thumbnail of a month moves by a pixel in hours.
const POLL = 300_000;

/** The burn-down of one objective in a thumbnail, read when it first comes into view. */
export function BurnSpark({ id, objective, tone }: { id: string; objective: string; tone: string }) {
  const { ref, entry } = useIntersection({ rootMargin: "200px" });
  const [seen, setSeen] = useState(false);
  if (entry?.isIntersecting && !seen) {
    setSeen(true);
  }
  const { data } = useQuery(BurnSparkDocument, seen ? { variables: { id }, pollInterval: POLL } : skipToken);
  const series = data?.slo?.objectives.find((o) => o.name === objective)?.series;
  return (
    <div ref={ref}>
      {series ? <Sparkline values={series.points.map((p) => p.values[0] ?? null)} tone={tone} /> : null}
    </div>
  );
}
