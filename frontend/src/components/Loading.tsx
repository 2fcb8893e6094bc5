import { Skeleton } from "@mantine/core";

interface LoadingProps {
  /** What is on the way: "the objective". */
  what: string;
  /** Heights of its parts, from above. */
  heights: readonly number[];
}

/** The shape of something that is on the way, so that nothing jumps when it is there. */
export function Loading({ what, heights }: LoadingProps) {
  return (
    <>
      <span className="visually-hidden" role="status">
        Reading {what}
      </span>
      {heights.map((height, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shapes never change their order
        <Skeleton key={i} height={height} radius="md" />
      ))}
    </>
  );
}
