"""The only place that knows pytest: flags, target, session, results."""
