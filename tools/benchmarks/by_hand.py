"""Results of commands rather than studies: the files that each measures, by name in the store."""

from benchmarks.study import EVALUATE, SYNTHESIZE, UTILITY, fitted

BY_HAND = {
    "main_job": (*fitted("--model dcgan"), *SYNTHESIZE, *EVALUATE),
    "filling_up": (*fitted("--model cgan"), *SYNTHESIZE, *UTILITY),
    "utility_digits": (*fitted("--model dagan"), *SYNTHESIZE, *UTILITY),
    "utility_flowers": (*fitted("--model r3gan few_images.yaml"), *SYNTHESIZE, *UTILITY),
}
