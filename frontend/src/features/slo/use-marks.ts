import { useQuery } from "@apollo/client/react";
import { useMemo } from "react";
import { later } from "@/components/follow";
import type { Mark } from "@/components/plot/marks";
import type { AnnotationKind, SloMarksQuery } from "@/gql/graphql";
import { useHeld } from "@/lib/held";
import { SloMarksDocument } from "./documents";

/** Kinds of annotations in words. */
export const annotationKinds: Record<AnnotationKind, string> = {
  INCIDENT: "Incident",
  DEPLOY: "Deploy",
  MAINTENANCE: "Maintenance",
  OTHER: "Other",
};

interface Stretch {
  from: string;
  to: string;
}

/** What was excluded and what happened in a stretch. */
export function useMarks(slo: string, stretch: Stretch): Mark[] {
  const variables = { name: slo, ...stretch };
  const { data, loading } = useQuery(SloMarksDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    context: later,
  });
  const held = useHeld({ data, loading, about: slo, question: variables })?.slo;
  return useMemo(() => (held ? marksOf(held, Date.parse(stretch.to)) : []), [held, stretch.to]);
}

/** What the plots draw; what goes on lasts to the end of the stretch. */
export function marksOf(slo: NonNullable<SloMarksQuery["slo"]>, end: number): Mark[] {
  const seconds = (at: string) => Date.parse(at) / 1000;
  return [
    ...slo.exclusions.map((o) => ({
      kind: "excluded" as const,
      from: seconds(o.from),
      to: seconds(o.to),
      text: `Excluded: ${o.exclusion.title}`,
    })),
    ...slo.annotations.map((a) => ({
      kind: "happened" as const,
      from: seconds(a.from),
      to: a.to ? seconds(a.to) : end / 1000,
      text: `${annotationKinds[a.kind]}: ${a.title}`,
    })),
  ];
}
