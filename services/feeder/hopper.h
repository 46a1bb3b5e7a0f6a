/*
 * The hopper's motor and scale.  One back end is linked: hopper_sim.c, or one that drives GPIO.
 * Functions return 0 or a negative errno.
 */
#pragma once

/* Turns the auger until GRAMS have fallen. */
int hopper_dispense(int grams);
