"""What the control room is called for: conditions at junctions, alarms with their cause, who saw to them."""
