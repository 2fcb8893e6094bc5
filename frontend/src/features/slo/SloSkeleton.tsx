import { Skeleton } from "@mantine/core";

/** The shape of the page while the objective is on the way. */
export function SloSkeleton() {
  return (
    <>
      <span className="visually-hidden" role="status">
        Reading the objective
      </span>
      <Skeleton height={76} radius="md" />
      <Skeleton height={170} radius="md" />
      <Skeleton height={250} radius="md" />
      <Skeleton height={250} radius="md" />
    </>
  );
}
