"""What people and time do to leads after intake: owners by hand, claims, stages, clocks, a history that replays.

Nothing is imported here: `breaches` stands on `intake`, which starts
the clocks of this package.
"""
