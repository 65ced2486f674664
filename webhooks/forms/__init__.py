"""Forms of websites that have no program behind them: signed, limited, and taken in like every other lead."""
